{{- define "lacquer.labels" -}}
app.kubernetes.io/name: lacquer
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "lacquer.selector" -}}
app.kubernetes.io/name: lacquer
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{- define "lacquer.image" -}}
{{ .Values.image.repository }}:{{ .Values.image.tag | default .Chart.AppVersion }}
{{- end }}

{{/* The container fields that every workload shares. */}}
{{- define "lacquer.container" -}}
image: {{ include "lacquer.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
envFrom:
  - secretRef: {name: {{ .Values.secretName }}}
  - configMapRef: {name: {{ .Release.Name }}-settings}
volumeMounts:
  - {name: lake, mountPath: /lake}
  - {name: tmp, mountPath: /tmp}
{{- end }}

{{- define "lacquer.pod" -}}
automountServiceAccountToken: false
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
volumes:
  - name: lake
    persistentVolumeClaim: {claimName: {{ .Release.Name }}-lake}
  - name: tmp
    emptyDir: {}
{{- end }}
