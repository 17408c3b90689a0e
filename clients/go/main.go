// A frontend in Go, written from docs/contract.json alone: it drives a registration by the member number up
// to the thank-you page, then opens the mailed link and chooses a password through the JSON API.
//
// The environment says where Temporal is (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, …) and holds the payload
// keys (AKTO_PAYLOAD_KEYS). Each screen is a line of output; the last line is how it ended.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"time"

	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/contrib/envconfig"
	"go.temporal.io/sdk/converter"
	sdklog "go.temporal.io/sdk/log"
	"go.temporal.io/sdk/temporal"
)

// person is what somebody types.
type person struct {
	email, siret, number, password string
}

func main() {
	var who person
	flag.StringVar(&who.email, "email", "", "address to register")
	flag.StringVar(&who.siret, "siret", "", "SIRET of a member")
	flag.StringVar(&who.number, "number", "", "its member number")
	portal := flag.String("portal", "http://127.0.0.1:8000", "the portal, for its JSON API")
	mailbox := flag.String("mailbox", "http://127.0.0.1:8025", "the mailbox")
	signals := flag.Bool("signals", false, "only signal and query, never update")
	within := flag.Duration("within", time.Minute, "give up after that long")
	flag.Parse()
	who.password = os.Getenv("MON_ESPACE_PASSWORD")

	ctx, cancel := context.WithTimeout(context.Background(), *within)
	defer cancel()
	if err := run(ctx, who, *portal, *mailbox, *signals); err != nil {
		fmt.Fprintln(os.Stderr, describe(err))
		os.Exit(1)
	}
}

func run(ctx context.Context, who person, portal, mailbox string, signals bool) error {
	engine, err := connect(ctx)
	if err != nil {
		return err
	}
	defer engine.Close()

	register := byUpdates
	if signals {
		register = bySignals
	}
	if err := register(ctx, newRegistration(engine), who); err != nil {
		return err
	}
	token, err := confirmationToken(ctx, mailbox, who.email)
	if err != nil {
		return err
	}
	opened, last, err := finish(ctx, portal, token, who.password)
	if err != nil {
		return err
	}
	fmt.Println(opened.Step)
	fmt.Println(last.Outcome)
	return nil
}

func connect(ctx context.Context) (client.Client, error) {
	options, err := envconfig.LoadDefaultClientOptions()
	if err != nil {
		return nil, err
	}
	sealing, err := newCodec(os.Getenv("AKTO_PAYLOAD_KEYS"))
	if err != nil {
		return nil, err
	}
	options.DataConverter = converter.NewCodecDataConverter(converter.GetDefaultDataConverter(), sealing)
	options.FailureConverter = temporal.NewDefaultFailureConverter(temporal.DefaultFailureConverterOptions{
		DataConverter:          options.DataConverter,
		EncodeCommonAttributes: true,
	})
	options.Logger = sdklog.NewStructuredLogger(slog.New(slog.NewTextHandler(io.Discard, nil)))
	return client.DialContext(ctx, options)
}

// form is one screen: the message that answers it, and the step that should follow.
type form struct {
	name string
	body message
	next string
}

func forms(who person) (identify message, others []form) {
	identify = message{
		"civility": "madame", "last_name": "Martin", "first_name": "Camille", "email": who.email,
	}
	return identify, []form{
		{"choose_themes", message{"themes": []string{"cases", "payments"}}, "establishment"},
		{"claim_establishment", message{"kind": "member", "siret": who.siret}, "member_number"},
		{"give_member_number", message{"number": who.number}, "email_link"},
	}
}

func byUpdates(ctx context.Context, r registration, who person) error {
	identify, others := forms(who)
	shown, err := r.start(ctx, identify)
	if err != nil {
		return err
	}
	fmt.Println(shown.Step)
	for _, form := range others {
		if shown, err = r.send(ctx, form.name, form.body); err != nil {
			return err
		}
		if shown.Busy || shown.Step != form.next {
			shown, err = r.reach(ctx, form.next)
		}
		if err != nil {
			return err
		}
		fmt.Println(shown.Step)
	}
	return nil
}

func bySignals(ctx context.Context, r registration, who person) error {
	identify, others := forms(who)
	if err := r.startBySignal(ctx, identify); err != nil {
		return err
	}
	shown, err := r.reach(ctx, "themes")
	if err != nil {
		return err
	}
	fmt.Println(shown.Step)
	for _, form := range others {
		if err := r.signal(ctx, form.name, form.body); err != nil {
			return err
		}
		if shown, err = r.reach(ctx, form.next); err != nil {
			return err
		}
		fmt.Println(shown.Step)
	}
	return nil
}

// describe says why a message was refused: the contract's codes stand in the failure's details.
func describe(err error) string {
	var refusal *temporal.ApplicationError
	if !errors.As(err, &refusal) {
		return err.Error()
	}
	var problems []problem
	if refusal.Details(&problems) == nil && len(problems) > 0 {
		return fmt.Sprintf("%s %s: %s", refusal.Type(), problems[0].Code, problems[0].Detail)
	}
	return refusal.Error()
}
