#!/bin/sh
# Creates the namespace, or sets the retention of the one that is there. Address and namespace come from
# TEMPORAL_ADDRESS and TEMPORAL_NAMESPACE; RETENTION is how long ended registrations are kept.
set -eu

patience=60
until temporal operator cluster health >/dev/null 2>&1; do
    patience=$((patience - 1))
    if [ "$patience" -le 0 ]; then
        echo "the engine at $TEMPORAL_ADDRESS does not answer" >&2
        exit 1
    fi
    sleep 2
done

if temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace update --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION"
else
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$RETENTION" \
        --description "Inscriptions à Mon Espace"
fi

# A new namespace is known to every part of the engine only after some seconds.
patience=30
until temporal workflow list --namespace "$TEMPORAL_NAMESPACE" --limit 1 >/dev/null 2>&1; do
    patience=$((patience - 1))
    if [ "$patience" -le 0 ]; then
        echo "the namespace $TEMPORAL_NAMESPACE does not answer" >&2
        exit 1
    fi
    sleep 2
done
