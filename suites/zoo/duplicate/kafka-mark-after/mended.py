"""Books an invoice for each order with aiokafka, and commits by hand.

Resembles the consumers of mailgun/kafka-pixy#62 (catalogue B-03) whose guard is another transaction than their work
(B-14).
"""
import asyncio
import json
import os
import signal

import psycopg
from aiokafka import AIOKafkaConsumer

TOPIC = os.environ.get("TOPIC", "orders")


async def handle(db, consumer, message):
    order = json.loads(message.value)
    async with db.transaction():
        claim = "insert into processed (message_id) values (%s) on conflict do nothing"
        if (await db.execute(claim, (message_id(message),))).rowcount == 1:
            await book(db, order)
    await consumer.commit()
    print(f"booked order {order['orderId']}", flush=True)


def message_id(message):
    return dict(message.headers)["message-id"].decode()


async def book(db, order):
    await db.execute(
        "insert into invoices (order_id, customer, amount) values (%s, %s, %s)",
        (order["orderId"], order["customer"], order["amount"]),
    )


async def consume(db, consumer, stopping):
    """One message at a time until the orchestrator asks us to go; the one in hand is finished first."""
    while not stopping.is_set():
        batches = await consumer.getmany(timeout_ms=500, max_records=1)
        for messages in batches.values():
            for message in messages:
                await handle(db, consumer, message)


async def main():
    """What the clients do not mend by themselves raises and ends the process; the orchestrator starts the next one."""
    stopping = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopping.set)
    db = await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True)
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=os.environ["KAFKA_BROKERS"],
        group_id=os.environ.get("GROUP_ID", "invoicing"),
        enable_auto_commit=False,
        auto_offset_reset="earliest",
    )
    await consumer.start()
    print(f"waiting for messages in {TOPIC}", flush=True)
    try:
        await consume(db, consumer, stopping)
    finally:
        await consumer.stop()
        await db.close()


if __name__ == "__main__":
    asyncio.run(main())
