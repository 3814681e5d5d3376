#!/bin/sh
# What a pod runs: PgBouncer as the sidecar of a consumer, in transaction mode, and the consumer itself.
# PgBouncer refuses to be root. In a pod's own network its port is fixed; here each incarnation has one of its own.
set -eu

user=
if [ "$(id -u)" = 0 ]; then user='user = nobody'; fi

cat > "$POOL_FOLDER/pgbouncer.ini" <<INI
[databases]
app = host=$DB_HOST port=$DB_PORT user=$DB_USER password=$DB_PASSWORD dbname=$DB_NAME

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = $POOL_PORT
unix_socket_dir =
auth_type = any
pool_mode = transaction
server_tls_sslmode = disable
$user
INI

"$PGBOUNCER" -q "$POOL_FOLDER/pgbouncer.ini" &
exec node "$1"
