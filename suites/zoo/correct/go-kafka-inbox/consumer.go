// Books an invoice for each order with franz-go, and commits by hand.
//
// Catalogue C-01: an inbox row in the transaction of the effect, and the commit after it. The group's members give up
// partitions one by one (cooperative-sticky, the client's default).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/jackc/pgx/v5"
	"github.com/twmb/franz-go/pkg/kgo"
)

type order struct {
	OrderID  string      `json:"orderId"`
	Customer string      `json:"customer"`
	Amount   json.Number `json:"amount"`
}

// What the clients do not mend by themselves ends the process; the orchestrator starts the next one.
func main() {
	if err := run(); err != nil {
		log.Fatal(err)
	}
}

func run() error {
	ctx := context.Background()
	stopping, stop := signal.NotifyContext(ctx, syscall.SIGTERM)
	defer stop()
	db, err := pgx.Connect(ctx, os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	defer db.Close(ctx)
	topic := os.Getenv("TOPIC")
	consumer, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(os.Getenv("KAFKA_BROKERS"), ",")...),
		kgo.ConsumerGroup(os.Getenv("GROUP_ID")),
		kgo.ConsumeTopics(topic),
		kgo.DisableAutoCommit(),
	)
	if err != nil {
		return err
	}
	defer consumer.Close()
	log.Printf("waiting for messages in %s", topic)
	for stopping.Err() == nil {
		if err := poll(ctx, stopping, db, consumer); err != nil {
			return err
		}
	}
	return nil
}

// The messages in hand are finished also when the orchestrator asks us to go.
func poll(ctx, stopping context.Context, db *pgx.Conn, consumer *kgo.Client) error {
	fetches := consumer.PollFetches(stopping)
	if err := fetches.Err(); err != nil && !errors.Is(err, context.Canceled) {
		return err
	}
	for _, record := range fetches.Records() {
		if err := handle(ctx, db, record); err != nil {
			return err
		}
		if err := consumer.CommitRecords(ctx, record); err != nil {
			return err
		}
	}
	return nil
}

func handle(ctx context.Context, db *pgx.Conn, record *kgo.Record) error {
	var order order
	if err := json.Unmarshal(record.Value, &order); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		claim, err := tx.Exec(ctx, "insert into processed (message_id) values ($1) on conflict do nothing",
			messageID(record))
		if err != nil || claim.RowsAffected() == 0 {
			return err
		}
		_, err = tx.Exec(ctx, "insert into invoices (order_id, customer, amount) values ($1, $2, $3)",
			order.OrderID, order.Customer, order.Amount.String())
		return err
	})
	if err == nil {
		fmt.Printf("booked order %s\n", order.OrderID)
	}
	return err
}

func messageID(record *kgo.Record) string {
	for _, header := range record.Headers {
		if header.Key == "message-id" {
			return string(header.Value)
		}
	}
	return ""
}
