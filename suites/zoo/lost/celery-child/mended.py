"""Books an invoice and its ledger entry for each order, in Celery's prefork pool.

Tasks are acknowledged late, as Celery's documentation advises for those that may run twice. When a child dies at work,
its parent gives the task back: `task_reject_on_worker_lost` is on.
Resembles celery/celery#1628 and hypothesis/lms#5454.
"""
import os

import psycopg
from celery import Celery
from celery.exceptions import Reject

app = Celery("orders", broker=os.environ["RABBITMQ_URL"])
app.conf.task_default_queue = os.environ.get("QUEUE", "orders")
app.conf.task_acks_late = True
app.conf.task_reject_on_worker_lost = True
app.conf.worker_enable_remote_control = False

db = None


def connect():
    """One connection for each child, opened with its first task and again after it broke."""
    global db
    if db is None or db.closed:
        db = psycopg.connect(os.environ["DATABASE_URL"], autocommit=True)
    return db


@app.task(name="orders.book")
def book(order):
    try:
        db = connect()
        with db.transaction():
            write(db, order)
    except psycopg.OperationalError as error:
        raise Reject(str(error), requeue=True)
    print(f"booked order {order['orderId']}", flush=True)


def write(db, order):
    """An order that comes again finds its invoice, and books nothing."""
    row = (order["orderId"], order["amount"])
    claim = "insert into invoices (order_id, amount) values (%s, %s) on conflict (order_id) do nothing"
    if db.execute(claim, row).rowcount == 1:
        db.execute("insert into ledger (order_id, amount) values (%s, %s)", row)
