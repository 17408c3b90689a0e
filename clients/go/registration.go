package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
)

const (
	workflowType = "Registration"
	taskQueue    = "registration"
	idPrefix     = "registration-"

	// A frontend shows something within three seconds, then asks again with the same update id.
	answerWithin = 3 * time.Second
	askAgain     = 200 * time.Millisecond

	// How often an answer that was thrown away is asked for again.
	thrownAway = 3
)

// message is one of the contract's "messages", ready for JSON.
type message map[string]any

// problem is what a view or a refusal tells: decide by Code, show Detail.
type problem struct {
	Code   string `json:"code"`
	Field  string `json:"field"`
	Detail string `json:"detail"`
}

// view is as much of the contract's View as this client needs.
type view struct {
	Step    string    `json:"step"`
	Busy    bool      `json:"busy"`
	Outcome string    `json:"outcome"`
	Errors  []problem `json:"errors"`
}

// registration drives one workflow.
type registration struct {
	temporal client.Client
	id       string
}

// newRegistration draws the id, as a frontend does when it shows the first form.
func newRegistration(temporal client.Client) registration {
	return registration{temporal, idPrefix + uuid.NewString()}
}

func (r registration) startOptions() client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID:                       r.id,
		TaskQueue:                taskQueue,
		WorkflowIDConflictPolicy: enums.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
		WorkflowIDReusePolicy:    enums.WORKFLOW_ID_REUSE_POLICY_REJECT_DUPLICATE,
		WorkflowTaskTimeout:      5 * time.Second,
	}
}

// start sends the first form and answers with the next screen, in one round trip.
func (r registration) start(ctx context.Context, identify message) (view, error) {
	submission := uuid.NewString()
	return r.answer(ctx, func(ctx context.Context) (client.WorkflowUpdateHandle, error) {
		return r.temporal.UpdateWithStartWorkflow(ctx, client.UpdateWithStartWorkflowOptions{
			StartWorkflowOperation: r.temporal.NewWithStartWorkflowOperation(
				r.startOptions(), workflowType, message{"origin": "go"}),
			UpdateOptions: r.update("identify", submission, identify),
		})
	})
}

// send sends another form and answers with the next screen.
func (r registration) send(ctx context.Context, name string, body message) (view, error) {
	submission := uuid.NewString()
	return r.answer(ctx, func(ctx context.Context) (client.WorkflowUpdateHandle, error) {
		return r.temporal.UpdateWorkflow(ctx, r.update(name, submission, body))
	})
}

func (r registration) update(name, submission string, body message) client.UpdateWorkflowOptions {
	return client.UpdateWorkflowOptions{
		WorkflowID:   r.id,
		UpdateID:     name + "-" + submission,
		UpdateName:   name,
		Args:         []any{stamped(body, submission)},
		WaitForStage: client.WorkflowUpdateStageCompleted,
	}
}

// answer asks until there is an answer: equal update ids are one update. An answer is late while somebody
// is waited for; it is thrown away when the registration ends while the update is under way.
func (r registration) answer(
	ctx context.Context, ask func(context.Context) (client.WorkflowUpdateHandle, error),
) (view, error) {
	for repeats := 0; ; {
		shown, err := r.askOnce(ctx, ask)
		var late *client.WorkflowUpdateServiceTimeoutOrCanceledError
		var thrown *serviceerror.FailedPrecondition
		switch {
		case ctx.Err() != nil:
			return shown, err
		case errors.As(err, &late), errors.Is(err, context.DeadlineExceeded):
		case errors.As(err, &thrown) && repeats < thrownAway:
			repeats++
		default:
			return shown, err
		}
	}
}

func (r registration) askOnce(
	ctx context.Context, ask func(context.Context) (client.WorkflowUpdateHandle, error),
) (view, error) {
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	var shown view
	handle, err := ask(ctx)
	if err == nil {
		err = handle.Get(ctx, &shown)
	}
	return shown, err
}

// startBySignal sends the first form by the other door, which answers nothing.
func (r registration) startBySignal(ctx context.Context, identify message) error {
	body := stamped(identify, uuid.NewString())
	_, err := r.temporal.SignalWithStartWorkflow(
		ctx, r.id, "identify", body, r.startOptions(), workflowType, message{"origin": "go"})
	return err
}

// signal sends another form by the other door.
func (r registration) signal(ctx context.Context, name string, body message) error {
	return r.temporal.SignalWorkflow(ctx, r.id, "", name, stamped(body, uuid.NewString()))
}

// look asks what to show now.
func (r registration) look(ctx context.Context) (view, error) {
	var shown view
	answer, err := r.temporal.QueryWorkflow(ctx, r.id, "", "view")
	if err == nil {
		err = answer.Get(&shown)
	}
	return shown, err
}

// reach looks until the wanted step is shown and nothing is under way.
func (r registration) reach(ctx context.Context, step string) (view, error) {
	for {
		shown, err := r.look(ctx)
		switch {
		case err != nil:
			return shown, err
		case !shown.Busy && shown.Step == step:
			return shown, nil
		case !shown.Busy && len(shown.Errors) > 0, shown.Outcome != "":
			return shown, fmt.Errorf("expected %s: %+v", step, shown)
		}
		select {
		case <-ctx.Done():
			return shown, fmt.Errorf("%s never came: %w", step, ctx.Err())
		case <-time.After(askAgain):
		}
	}
}

// stamped is the body with the id of its submission and the moment it was received.
func stamped(body message, submission string) message {
	whole := message{"submission": submission, "received_at": time.Now().UTC().Format(time.RFC3339Nano)}
	for name, value := range body {
		whole[name] = value
	}
	return whole
}
