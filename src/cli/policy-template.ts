const account = 'system:serviceaccount:metrics-server-operator:metrics-server-operator';
const noSecretNames = '      expression: "[]"\n';

/** The policies of config/policy as a template of the chart, so that the two cannot differ. */
export function policyTemplate(manifests: string[]): string {
  const text = manifests
    .map((manifest) => manifest.trim())
    .join('\n---\n')
    .replaceAll('{{', '{{ "{{" }}')
    .replaceAll(account, 'system:serviceaccount:{{ .Release.Namespace }}:{{ .Values.serviceAccount.name }}')
    .replace(/^metadata:\n {2}name: .+\n/gm, `$&${labels}`);
  const filled = text.replace(noSecretNames, secretNames);
  if (filled === text) throw new Error('config/policy has no list of secretNames any more');
  return [
    '{{- /* Generated from config/policy by "npm run generate". Do not edit. */ -}}',
    '{{- if .Values.admissionPolicy.enabled }}',
    filled,
    '{{- end }}',
    '',
  ].join('\n');
}

const labels = '  labels:\n    {{- include "operator.labels" . | nindent 4 }}\n';
const secretNames = `      expression: {{ .Values.secretNames | toJson | replace "\\"" "'" | quote }}\n`;
