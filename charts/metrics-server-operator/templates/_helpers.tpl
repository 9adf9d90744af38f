{{- define "operator.selector" -}}
app.kubernetes.io/name: metrics-server-operator
{{- end -}}

{{- define "operator.labels" -}}
{{ include "operator.selector" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- end -}}

{{- define "operator.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ with .Values.image.digest }}@{{ . }}{{ end }}
{{- end -}}

{{- define "operator.subjects" -}}
subjects:
  - kind: ServiceAccount
    name: {{ .Values.serviceAccount.name }}
    namespace: {{ .Release.Namespace }}
{{- end -}}

{{/* The names that configs (the first argument) lead to; * in the patterns stands for the name of a config. As a JSON list. */}}
{{- define "operator.names" -}}
{{- $configs := first . -}}
{{- $all := list -}}
{{- range $pattern := rest . -}}
{{- range $configs -}}
{{- $all = append $all (replace "*" . $pattern) -}}
{{- end -}}
{{- end -}}
{{- $all | uniq | toJson -}}
{{- end -}}

{{/* A Role with its RoleBinding: name, namespace, rules, and the context. */}}
{{- define "operator.role" -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "operator.labels" .context | nindent 4 }}
rules:
  {{- .rules | trim | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata:
  name: {{ .name }}
  namespace: {{ .namespace }}
  labels:
    {{- include "operator.labels" .context | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: Role
  name: {{ .name }}
{{ include "operator.subjects" .context }}
{{- end -}}

{{/* A ClusterRole with its ClusterRoleBinding: name, rules, and the context. */}}
{{- define "operator.clusterRole" -}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: {{ .name }}
  labels:
    {{- include "operator.labels" .context | nindent 4 }}
rules:
  {{- .rules | trim | nindent 2 }}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: {{ .name }}
  labels:
    {{- include "operator.labels" .context | nindent 4 }}
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: {{ .name }}
{{ include "operator.subjects" .context }}
{{- end -}}

{{/* What the schema of the values cannot say. */}}
{{- define "operator.check" -}}
{{- with .Values -}}
{{- if and (not .leaderElection.enabled) (gt (int .replicaCount) 1) -}}
{{- fail (printf "replicaCount is %d and leaderElection.enabled is false: two operators would work against each other. Set replicaCount: 1, or leave leaderElection on." (int .replicaCount)) -}}
{{- end -}}
{{- if eq .image.tag "latest" -}}
{{- fail "image.tag latest is not a version: nobody could tell what runs, nor go back. Leave it out, or name a tag or image.digest." -}}
{{- end -}}
{{- if and .metrics.enabled (eq (int .metrics.port) 8081) -}}
{{- fail "metrics.port 8081 is that of the probes: choose another." -}}
{{- end -}}
{{- if and .monitoring.serviceMonitor (not .metrics.enabled) -}}
{{- fail "monitoring.serviceMonitor is true and metrics.enabled is false: there would be nothing to ask. Switch metrics on." -}}
{{- end -}}
{{- $own := dict "LOG_LEVEL" "logLevel" "PROBE_ADDRESS" "nothing else, for the probes ask there" "METRICS_ADDRESS" "metrics.port" "METRICS_CERTIFICATE" "metrics.certificateSecretName" "LEASE" "leaderElection.enabled" "POD_NAME" "leaderElection.enabled" "ADOPT_NAMES" "adoptNames" "LEGACY_RELEASES" "legacyReleases" -}}
{{- range .extraEnv -}}
{{- if hasKey $own .name -}}
{{- fail (printf "extraEnv names %s, which the chart sets itself: by %s." .name (get $own .name)) -}}
{{- end -}}
{{- end -}}
{{- if .config.create -}}
{{- if not (has .config.name .configNames) -}}
{{- fail (printf "config.name %s is not among configNames (%s), so the operator would have no rights for it: add it there." .config.name (join ", " .configNames)) -}}
{{- end -}}
{{- $namespace := .config.spec.namespace | default "kube-system" -}}
{{- if and (ne (.config.spec.mode | default "Manage") "Observe") (not (has $namespace .namespaces)) -}}
{{- fail (printf "config.spec.namespace %s is not among namespaces (%s), so the operator would have no rights there: add it there." $namespace (join ", " .namespaces)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
