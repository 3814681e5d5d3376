"""Records one payment for each paid order.

Resembles the consumer of PostHog/posthog#43945 (catalogue B-01). The row's key is the message's id, so that a
message that comes twice is recorded once.
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
    db.execute(
        "insert into payments (message_id, order_id, amount) values (%s, %s, %s) on conflict (message_id) do nothing",
        (properties.message_id, order["orderId"], order["amount"]),
    )
    channel.basic_ack(method.delivery_tag)
    print(f"recorded payment of order {order['orderId']}", flush=True)


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
