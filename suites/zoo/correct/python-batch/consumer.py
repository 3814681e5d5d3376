"""Counts page views in batches: up to five messages are one transaction, acknowledged together once it is committed.

An inbox row for each message (catalogue C-01) keeps out whatever of a batch comes again, in whichever batch. Rows are
taken in the order of their ids, so that two processes with the same messages in hand wait for each other and never
both.
"""
import json
import os
import signal

import pika
import psycopg

QUEUE = os.environ.get("QUEUE", "views")
BATCH = 5
PATIENCE = 0.05
stopping = False


def stop(_signal, _frame):
    """The orchestrator asks us to go: finish the batch in hand, take no other."""
    global stopping
    stopping = True


def store(db, channel, batch):
    with db.transaction():
        for message_id, view, _tag in sorted(batch, key=lambda item: item[0]):
            count(db, message_id, view)
    channel.basic_ack(batch[-1][2], multiple=True)
    print(f"stored {len(batch)} views", flush=True)


def count(db, message_id, view):
    claim = db.execute("insert into inbox (message_id) values (%s) on conflict do nothing", (message_id,))
    if claim.rowcount == 1:
        db.execute("insert into views (view_id, page) values (%s, %s)", (view["viewId"], view["page"]))


def main():
    """Any lost connection raises and ends the process; the orchestrator starts the next one."""
    db = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URL"]))
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=True)
    channel.basic_qos(prefetch_count=10)
    signal.signal(signal.SIGTERM, stop)
    print(f"waiting for messages in {QUEUE}", flush=True)
    batch = []
    for method, properties, body in channel.consume(QUEUE, inactivity_timeout=PATIENCE):
        if method is not None:
            batch.append((properties.message_id, json.loads(body), method.delivery_tag))
        if batch and (method is None or len(batch) == BATCH):
            store(db, channel, batch)
            batch = []
        if stopping and not batch:
            break
    channel.cancel()
    connection.close()
    db.close()


if __name__ == "__main__":
    main()
