package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"time"
)

var confirmationLink = regexp.MustCompile(`/lien\?jeton=([\w.-]+)`)

// confirmationToken waits for the confirmation mail and answers the token of its link. The mailbox speaks
// the HTTP API of Mailpit; a person would click.
func confirmationToken(ctx context.Context, mailbox, address string) (string, error) {
	for {
		var found struct {
			Messages []struct{ ID string } `json:"messages"`
		}
		query := mailbox + "/api/v1/search?query=" + url.QueryEscape("to:"+address)
		if err := call(ctx, http.MethodGet, query, nil, &found); err != nil {
			return "", err
		}
		for _, listed := range found.Messages {
			var mail struct{ Text string }
			if err := call(ctx, http.MethodGet, mailbox+"/api/v1/message/"+listed.ID, nil, &mail); err != nil {
				return "", err
			}
			if link := confirmationLink.FindStringSubmatch(mail.Text); link != nil {
				return link[1], nil
			}
		}
		select {
		case <-ctx.Done():
			return "", errors.New("the confirmation mail never came")
		case <-time.After(askAgain):
		}
	}
}

// finish opens the link and chooses the password through the JSON API, where they are proved.
func finish(ctx context.Context, portal, token, password string) (opened, last view, err error) {
	var shown struct {
		View view `json:"view"`
	}
	err = call(ctx, http.MethodPost, portal+"/api/v1/links/open", message{"token": token}, &shown)
	if err != nil {
		return
	}
	opened = shown.View
	chosen := message{"token": token, "password": password}
	err = call(ctx, http.MethodPost, portal+"/api/v1/links/password", chosen, &shown)
	return opened, shown.View, err
}

// call sends and reads JSON. Its errors name the API's code, never what was sent.
func call(ctx context.Context, method, address string, body, answer any) error {
	var sent bytes.Buffer
	if body != nil {
		if err := json.NewEncoder(&sent).Encode(body); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, method, address, &sent)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		var refusal problem
		_ = json.NewDecoder(response.Body).Decode(&refusal)
		return fmt.Errorf("%s answered %s %s", request.URL.Path, response.Status, refusal.Code)
	}
	return json.NewDecoder(response.Body).Decode(answer)
}
