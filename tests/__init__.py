"""Tests: pure rules, each activity against its real counterpart, scenarios, HTTP, browser."""
