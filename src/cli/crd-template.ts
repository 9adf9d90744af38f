/**
 * The CRD as a template of the chart, for Helm never upgrades what is in a chart's folder crds. So that it does not go with the release, and all
 * configs with it, annotations have Helm and Argo CD keep it.
 */
export function crdTemplate(crd: string): string {
  const text = crd
    .replaceAll('{{', '{{ "{{" }}') // a description may hold an example in Go's templates
    .replace(/^metadata:\n {2}name: .+\n/m, `$&${metadata}`);
  return `{{- if .Values.crds.install }}\n${text}{{- end }}\n`;
}

const metadata = `  labels:
    {{- include "operator.labels" . | nindent 4 }}
  {{- if or .Values.crds.keep .Values.crds.annotations }}
  annotations:
    {{- if .Values.crds.keep }}
    helm.sh/resource-policy: keep
    argocd.argoproj.io/sync-options: Prune=false
    {{- end }}
    {{- with .Values.crds.annotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
`;
