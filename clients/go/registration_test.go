package main

import (
	"context"
	"errors"
	"testing"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

var thrown = serviceerror.NewFailedPrecondition("workflow task was failed")

// answering says the given errors in turn, then a screen, and counts how often it was asked.
type answering struct {
	client.WorkflowUpdateHandle
	errors []error
	asked  int
}

func (a *answering) ask(context.Context) (client.WorkflowUpdateHandle, error) {
	a.asked++
	if a.asked <= len(a.errors) {
		return nil, a.errors[a.asked-1]
	}
	return a, nil
}

func (a *answering) Get(_ context.Context, shown any) error {
	shown.(*view).Step = "themes"
	return nil
}

func TestAnswerThrownAwayIsAskedForAgain(t *testing.T) {
	engine := &answering{errors: []error{thrown, thrown, thrown}}
	shown, err := registration{}.answer(context.Background(), engine.ask)
	if err != nil || shown.Step != "themes" || engine.asked != 4 {
		t.Fatal(shown, err, engine.asked)
	}
}

func TestAnswerThrownAwayForGoodIsTold(t *testing.T) {
	engine := &answering{errors: []error{thrown, thrown, thrown, thrown, thrown}}
	_, err := registration{}.answer(context.Background(), engine.ask)
	var told *serviceerror.FailedPrecondition
	if !errors.As(err, &told) || engine.asked != 4 {
		t.Fatal(err, engine.asked)
	}
}

func TestWhatIsOverIsNotAskedForAgain(t *testing.T) {
	engine := &answering{errors: []error{serviceerror.NewNotFound("workflow execution already completed")}}
	_, err := registration{}.answer(context.Background(), engine.ask)
	var told *serviceerror.NotFound
	if !errors.As(err, &told) || engine.asked != 1 {
		t.Fatal(err, engine.asked)
	}
}
