"""Books an invoice for each order, once; whatever goes wrong ends the process, and the next one tries again.

Resembles postwait/node-amqp#20 and golevelup/nestjs#279: a body that is no JSON goes back to the queue with the
connection and comes again first of all (a cousin of catalogue B-101).
"""
import json
import os
import signal

import pika
import psycopg

QUEUE = os.environ.get("QUEUE", "orders")
DEAD = {"x-dead-letter-exchange": "", "x-dead-letter-routing-key": "orders.dead"}
stopping = False


def stop(_signal, _frame):
    """The orchestrator asks us to go: finish the message in hand, take no other."""
    global stopping
    stopping = True


def handle(db, channel, method, properties, body):
    try:
        order = json.loads(body)
    except ValueError as error:
        print(f"message {properties.message_id} is no order: {error}", flush=True)
        return channel.basic_reject(method.delivery_tag, requeue=False)
    with db.transaction():
        claim = "insert into processed (message_id) values (%s) on conflict do nothing"
        if db.execute(claim, (properties.message_id,)).rowcount == 1:
            book(db, order)
    channel.basic_ack(method.delivery_tag)
    print(f"booked order {order['orderId']}", flush=True)


def book(db, order):
    db.execute(
        "insert into invoices (order_id, customer, amount) values (%s, %s, %s)",
        (order["orderId"], order["customer"], order["amount"]),
    )


def main():
    """Any lost connection raises and ends the process; the orchestrator starts the next one."""
    db = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    connection = pika.BlockingConnection(pika.URLParameters(os.environ["RABBITMQ_URL"]))
    channel = connection.channel()
    channel.queue_declare(QUEUE, durable=True, arguments=DEAD)
    channel.basic_qos(prefetch_count=1)
    signal.signal(signal.SIGTERM, stop)
    print(f"waiting for messages in {QUEUE}", flush=True)
    for method, properties, body in channel.consume(QUEUE, inactivity_timeout=0.5):
        if method is not None:
            handle(db, channel, method, properties, body)
        if stopping:
            break
    channel.cancel()
    connection.close()
    db.close()


if __name__ == "__main__":
    main()
