{{- define "stresscampaigns.labels" -}}
app.kubernetes.io/name: stresscampaigns
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}
{{- define "stresscampaigns.selector" -}}
app.kubernetes.io/name: stresscampaigns
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- define "stresscampaigns.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
{{- define "stresscampaigns.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
seccompProfile: {type: RuntimeDefault}
{{- end }}
