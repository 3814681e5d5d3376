"""Books an invoice for each order from a FIFO queue with boto3, and deletes it.

Resembles getsentry/sentry#107734 with a table in place of the cache (catalogue B-13): the mark is a transaction of
its own, made first.
"""
import json
import os
import signal

import boto3
import psycopg

QUEUE_URL = os.environ["QUEUE_URL"]
stopping = False


def stop(_signal, _frame):
    """The orchestrator asks us to go: finish the message in hand, take no other."""
    global stopping
    stopping = True


def handle(db, sqs, message):
    order = json.loads(message["Body"])
    claim = "insert into processed (message_id) values (%s) on conflict do nothing"
    if db.execute(claim, (message_id(message),)).rowcount == 1:
        book(db, order)
    sqs.delete_message(QueueUrl=QUEUE_URL, ReceiptHandle=message["ReceiptHandle"])
    print(f"booked order {order['orderId']}", flush=True)


def message_id(message):
    return message["MessageAttributes"]["message-id"]["StringValue"]


def book(db, order):
    db.execute(
        "insert into invoices (order_id, customer, amount) values (%s, %s, %s)",
        (order["orderId"], order["customer"], order["amount"]),
    )


def main():
    """What boto3 does not mend by trying again raises and ends the process; the orchestrator starts the next one."""
    db = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    sqs = boto3.client("sqs", endpoint_url=os.environ["SQS_ENDPOINT"])
    signal.signal(signal.SIGTERM, stop)
    print(f"waiting for messages in {QUEUE_URL}", flush=True)
    while not stopping:
        answer = sqs.receive_message(QueueUrl=QUEUE_URL, WaitTimeSeconds=1, MessageAttributeNames=["All"])
        for message in answer.get("Messages", []):
            handle(db, sqs, message)
    db.close()


if __name__ == "__main__":
    main()
