"""Awards loyalty points for each order and keeps the member's balance.

Resembles the deduplication of simstudioai/sim#1330, whose last resort is the process's memory (catalogue B-20).
"""
import json
import os
import signal

import pika
import psycopg

QUEUE = os.environ.get("QUEUE", "orders")
stopping = False


def stop(_signal, _frame):
    """The orchestrator asks us to go: finish the message in hand, take no other."""
    global stopping
    stopping = True


def handle(db, channel, method, properties, order):
    with db.transaction():
        claim = "insert into processed (message_id) values (%s) on conflict do nothing"
        if db.execute(claim, (properties.message_id,)).rowcount == 1:
            award(db, order)
    channel.basic_ack(method.delivery_tag)
    print(f"awarded points for order {order['orderId']}", flush=True)


def award(db, order):
    points, member = order["amount"], order["customer"]
    db.execute(
        "insert into awards (order_id, member_id, points) values (%s, %s, %s)", (order["orderId"], member, points)
    )
    db.execute("update members set points = points + %s where member_id = %s", (points, member))


def main():
    """Any lost connection raises and ends the process; the orchestrator starts the next one."""
    db = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URL"]))
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=True)
    channel.basic_qos(prefetch_count=1)
    signal.signal(signal.SIGTERM, stop)
    print(f"waiting for messages in {QUEUE}", flush=True)
    for method, properties, body in channel.consume(QUEUE, inactivity_timeout=0.5):
        if method is not None:
            handle(db, channel, method, properties, json.loads(body))
        if stopping:
            break
    channel.cancel()
    connection.close()
    db.close()


if __name__ == "__main__":
    main()
