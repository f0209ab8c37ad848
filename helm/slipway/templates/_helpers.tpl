{{- define "slipway.name" -}}
{{ .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "slipway.fullname" -}}
{{- if .Values.fullnameOverride }}{{ .Values.fullnameOverride | trunc 40 | trimSuffix "-" }}
{{- else }}{{- $name := include "slipway.name" . }}
{{- if contains $name .Release.Name }}{{ .Release.Name | trunc 40 | trimSuffix "-" }}
{{- else }}{{ printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" }}{{ end }}
{{- end }}
{{- end }}

{{/* The services with a pod of their own, in the order of the documentation. */}}
{{- define "slipway.apps" -}}
gateway registry builder deployer router telemetry
{{- end }}

{{/* Of (dict "root" $ "part" "gateway"). */}}
{{- define "slipway.selector" -}}
app.kubernetes.io/name: {{ include "slipway.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .part }}
{{- end }}

{{- define "slipway.labels" -}}
{{ include "slipway.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version }}
{{- end }}

{{- define "slipway.secret" -}}
{{ get .root.Values.existingSecrets .part | default (printf "%s-%s" (include "slipway.fullname" .root) .part) }}
{{- end }}

{{/* Of (dict "root" $ "image" <own values>). */}}
{{- define "slipway.image" -}}
{{- $image := mergeOverwrite (deepCopy .root.Values.image) (.image | default dict) }}
{{- if $image.digest }}{{ printf "%s@%s" $image.repository $image.digest }}
{{- else }}{{ printf "%s:%s" $image.repository ($image.tag | default .root.Chart.AppVersion) }}{{ end }}
{{- end }}

{{- define "slipway.natsUrl" -}}
{{- if .Values.embedded }}nats://{{ include "slipway.fullname" . }}-nats:4222{{ else }}{{ .Values.nats.url }}{{ end }}
{{- end }}

{{- define "slipway.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
fsGroupChangePolicy: OnRootMismatch
seccompProfile: { type: RuntimeDefault }
{{- end }}

{{- define "slipway.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{/* Values that don't fit together are refused in words; the schema refuses the rest. */}}
{{- define "slipway.check" -}}
{{- if not .Values.publicUrl }}{{ fail "publicUrl: set it to the address under which callers reach the gateway, for example https://slipway.example.com" }}{{ end }}
{{- if not .Values.routerUrl }}{{ fail "routerUrl: set it to the address under which applications reach the router, for example https://score.example.com" }}{{ end }}
{{- if and (not .Values.embedded) (not .Values.nats.url) }}{{ fail "nats.url: set it to the bus, for example nats://nats.messaging:4222, or set embedded: true to try Slipway" }}{{ end }}
{{- if and .Values.embedded .Values.nats.url }}{{ fail "nats.url: with embedded: true the chart runs the bus itself; leave nats.url empty" }}{{ end }}
{{- range $part := list "registry" "builder" "telemetry" }}
{{- $own := get $.Values $part }}
{{- if and (or (gt (int $own.replicas) 1) $own.autoscaling.enabled) (not (has "ReadWriteMany" $own.storage.accessModes)) (not $own.storage.existingClaim) }}
{{- fail (printf "%s.replicas: several replicas share one volume: set %s.storage.accessModes to [ReadWriteMany], or keep one replica without autoscaling" $part $part) }}{{ end }}
{{- end }}
{{- range $part := splitList " " (include "slipway.apps" .) }}
{{- $own := get $.Values $part }}
{{- if and $own.autoscaling.enabled (gt (int $own.autoscaling.minReplicas) (int $own.autoscaling.maxReplicas)) }}
{{- fail (printf "%s.autoscaling.minReplicas: %d is more than maxReplicas, %d" $part (int $own.autoscaling.minReplicas) (int $own.autoscaling.maxReplicas)) }}{{ end }}
{{- end }}
{{- range $part := list "gateway" "router" }}
{{- $own := get $.Values $part }}
{{- if and $own.ingress.enabled (not $own.ingress.host) }}{{ fail (printf "%s.ingress.host: name the host, for example slipway.example.com" $part) }}{{ end }}
{{- if and $own.httpRoute.enabled (not $own.httpRoute.parentRefs) }}{{ fail (printf "%s.httpRoute.parentRefs: name the Gateway, for example [{name: public, namespace: gateways}]" $part) }}{{ end }}
{{- end }}
{{- end }}

{{/* An egress rule to addresses outside of the release. Of (dict "cidrs" [] "ports" [443]). */}}
{{- define "slipway.outside" -}}
{{- if .cidrs }}
to:
  {{- range .cidrs }}
  - ipBlock: { cidr: {{ . | quote }} }
  {{- end }}
{{- end }}
ports:
  {{- range .ports }}
  - { port: {{ . }}, protocol: TCP }
  {{- end }}
{{- end }}
