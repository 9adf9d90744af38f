/** The alerts of config/monitoring as a template of the chart. Prometheus has braces of its own, which are not Helm's. */
export function ruleTemplate(manifest: string): string {
  const text = manifest
    .trim()
    .replaceAll(/\{\{|\}\}/g, (braces) => `{{ "${braces}" }}`)
    .replaceAll(/(runbook_url: ).+(#\w+)$/gm, '$1{{ .Values.monitoring.runbookUrl }}$2')
    .replace(/^ {2}namespace: .+$/m, '  namespace: {{ .Release.Namespace }}')
    .replace(/^ {4}app\.kubernetes\.io\/name: .+\n/m, labels);
  return [
    '{{- /* Generated from config/monitoring by "npm run generate". Do not edit. */ -}}',
    '{{- if .Values.monitoring.prometheusRule }}',
    text,
    '{{- end }}',
    '',
  ].join('\n');
}

const labels = `    {{- include "operator.labels" . | nindent 4 }}
    {{- with .Values.monitoring.labels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
`;
