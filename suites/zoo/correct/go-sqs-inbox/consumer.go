// Books an invoice for each order from a FIFO queue with the AWS SDK, and deletes it.
//
// Catalogue C-01: an inbox row in the transaction of the effect, and the delete after it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"os"
	"os/signal"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"
	"github.com/jackc/pgx/v5"
)

var queueURL = aws.String(os.Getenv("QUEUE_URL"))

type order struct {
	OrderID  string      `json:"orderId"`
	Customer string      `json:"customer"`
	Amount   json.Number `json:"amount"`
}

// What the SDK does not mend by trying again ends the process; the orchestrator starts the next one.
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
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	queue := sqs.NewFromConfig(settings, func(options *sqs.Options) {
		options.BaseEndpoint = aws.String(os.Getenv("SQS_ENDPOINT"))
	})
	log.Printf("waiting for messages in %s", *queueURL)
	for stopping.Err() == nil {
		if err := poll(ctx, stopping, db, queue); err != nil {
			return err
		}
	}
	return nil
}

// The messages in hand are finished also when the orchestrator asks us to go.
func poll(ctx, stopping context.Context, db *pgx.Conn, queue *sqs.Client) error {
	answer, err := queue.ReceiveMessage(stopping, &sqs.ReceiveMessageInput{
		QueueUrl: queueURL, WaitTimeSeconds: 20, MaxNumberOfMessages: 10, MessageAttributeNames: []string{"All"},
	})
	if errors.Is(err, context.Canceled) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, message := range answer.Messages {
		if err := handle(ctx, db, message); err != nil {
			return err
		}
		_, err := queue.DeleteMessage(ctx, &sqs.DeleteMessageInput{
			QueueUrl: queueURL, ReceiptHandle: message.ReceiptHandle,
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func handle(ctx context.Context, db *pgx.Conn, message types.Message) error {
	var order order
	if err := json.Unmarshal([]byte(*message.Body), &order); err != nil {
		return err
	}
	err := pgx.BeginFunc(ctx, db, func(tx pgx.Tx) error {
		claim, err := tx.Exec(ctx, "insert into processed (message_id) values ($1) on conflict do nothing",
			*message.MessageAttributes["message-id"].StringValue)
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
