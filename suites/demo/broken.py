"""Issues an invoice for each order, then acknowledges it.

Resembles the workers of mailgun/kafka-pixy#62 and Devlaner/devlane#374 (catalogue B-03).
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
    issue_invoice(db, order)
    channel.basic_ack(method.delivery_tag)
    print(f"invoiced order {order['orderId']}", flush=True)


def issue_invoice(db, order):
    db.execute(
        "insert into invoices (order_id, customer, amount) values (%s, %s, %s)",
        (order["orderId"], order["customer"], order["amount"]),
    )


def main():
    """Any lost connection raises and ends the process; the orchestrator starts the next one."""
    db = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URL"]))
    channel = connection.channel()
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
