module metrics-server-operator.local/prometheus-operator

go 1.26.0

// No program of it is built: its kinds are read out of its sources.
require github.com/prometheus-operator/prometheus-operator v0.85.0
