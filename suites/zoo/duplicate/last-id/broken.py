"""Keeps the balance of each customer: every order is debited once.

Resembles the accounts of JiRaska/open-bank-oss#5786, which know their last transaction only (catalogue B-36).
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
        last = "select last_message_id from accounts where customer = %s for update"
        account = db.execute(last, (order["customer"],)).fetchone()
        if account is None or account[0] != properties.message_id:
            debit(db, properties.message_id, order)
    channel.basic_ack(method.delivery_tag)
    print(f"debited order {order['orderId']}", flush=True)


def debit(db, message_id, order):
    """Opens the account with the first order."""
    db.execute(
        """insert into accounts (customer, balance, last_message_id) values (%s, %s, %s)
        on conflict (customer) do update
        set balance = accounts.balance + excluded.balance, last_message_id = excluded.last_message_id""",
        (order["customer"], order["amount"], message_id),
    )


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
