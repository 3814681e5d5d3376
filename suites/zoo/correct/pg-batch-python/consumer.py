"""Books the jobs of a table in batches, each under the locks of one transaction.

Right: what is locked is done or untouched. One that fails takes its batch with it, and all of it comes again.
"""
import os
import signal
import time

import psycopg

leaving = False


def leave(_signal, _frame):
    """The orchestrator asks us to go: finish the batch in hand, take no other."""
    global leaving
    leaving = True


def take(db):
    with db.transaction():
        jobs = db.execute(
            "select id, payload from jobs where done_at is null order by id limit 10 for update skip locked"
        ).fetchall()
        for _, order in jobs:
            db.execute(
                "insert into invoices (order_id, customer, amount) values (%s, %s, %s)",
                (order["orderId"], order["customer"], order["amount"]),
            )
        if jobs:
            db.execute("update jobs set done_at = now() where id = any(%s)", ([job for job, _ in jobs],))
    return len(jobs)


def main():
    signal.signal(signal.SIGTERM, leave)
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as db:
        print("waiting for jobs", flush=True)
        while not leaving:
            if take(db) == 0:
                time.sleep(0.1)


main()
