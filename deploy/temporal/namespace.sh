#!/bin/sh
# Waits until the cluster serves, creates the namespace if there is none, and waits until it can be used. Safe to run
# again. The server comes from TEMPORAL_ADDRESS, the namespace from TEMPORAL_NAMESPACE.
set -eu

retention=90d # how long the history of a workflow that has ended can still be looked at

until_it_works() {
    left=60
    until "$@" >/dev/null 2>&1; do
        left=$((left - 1))
        if [ "$left" -eq 0 ]; then
            "$@"
            exit 1
        fi
        sleep 2
    done
}

until_it_works temporal operator cluster health
if ! temporal operator namespace describe --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1; then
    temporal operator namespace create --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
fi
until_it_works temporal operator search-attribute list --namespace "$TEMPORAL_NAMESPACE"
