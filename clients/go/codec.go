package main

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	commonpb "go.temporal.io/api/common/v1"
	"go.temporal.io/sdk/converter"
	"google.golang.org/protobuf/proto"
)

const encrypted = "binary/encrypted"

// codec seals payloads as the contract's "payload" says: with the first key, opened with any.
type codec struct {
	active string
	keys   map[string]cipher.AEAD
}

// newCodec reads a key ring, "id:base64,id:base64". Its errors never repeat a key.
func newCodec(ring string) (*codec, error) {
	made := &codec{keys: map[string]cipher.AEAD{}}
	for _, item := range strings.Split(ring, ",") {
		id, encoded, _ := strings.Cut(strings.TrimSpace(item), ":")
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil || len(key) != 32 || id == "" {
			return nil, errors.New("a key ring is id:base64 of 32 bytes, comma separated")
		}
		block, err := aes.NewCipher(key)
		if err != nil {
			return nil, err
		}
		if made.keys[id], err = cipher.NewGCM(block); err != nil {
			return nil, err
		}
		if made.active == "" {
			made.active = id
		}
	}
	return made, nil
}

// Encode implements converter.PayloadCodec.
func (c *codec) Encode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	sealed := make([]*commonpb.Payload, len(payloads))
	for i, payload := range payloads {
		plain, err := proto.Marshal(payload)
		if err != nil {
			return nil, err
		}
		gcm := c.keys[c.active]
		nonce := make([]byte, gcm.NonceSize())
		if _, err := rand.Read(nonce); err != nil {
			return nil, err
		}
		sealed[i] = &commonpb.Payload{
			Metadata: map[string][]byte{
				converter.MetadataEncoding: []byte(encrypted),
				"key":                      []byte(c.active),
			},
			Data: gcm.Seal(nonce, nonce, plain, nil),
		}
	}
	return sealed, nil
}

// Decode implements converter.PayloadCodec. What is not encrypted is handed on as it is.
func (c *codec) Decode(payloads []*commonpb.Payload) ([]*commonpb.Payload, error) {
	opened := make([]*commonpb.Payload, len(payloads))
	for i, payload := range payloads {
		if string(payload.GetMetadata()[converter.MetadataEncoding]) != encrypted {
			opened[i] = payload
			continue
		}
		id := string(payload.GetMetadata()["key"])
		gcm, known := c.keys[id]
		if !known || len(payload.GetData()) < gcm.NonceSize() {
			return nil, fmt.Errorf("no key %q for this payload", id)
		}
		nonce, box := payload.GetData()[:gcm.NonceSize()], payload.GetData()[gcm.NonceSize():]
		plain, err := gcm.Open(nil, nonce, box, nil)
		if err != nil {
			return nil, fmt.Errorf("a payload is not of key %q", id)
		}
		opened[i] = &commonpb.Payload{}
		if err := proto.Unmarshal(plain, opened[i]); err != nil {
			return nil, err
		}
	}
	return opened, nil
}
