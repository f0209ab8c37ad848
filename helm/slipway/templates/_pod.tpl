{{/* Settings of a service, as env of its container; names as in apps/<service>/src/env.ts. Of (dict "root" $ "part" "gateway"). */}}
{{- define "slipway.env" -}}
{{- $root := .root }}{{- $part := .part }}{{- $full := include "slipway.fullname" $root }}
{{- $secret := include "slipway.secret" . }}
{{- $own := get $root.Values $part }}
{{- $settings := dict
  "SLIPWAY_HOME" "/var/lib/slipway"
  "SLIPWAY_LISTEN" "0.0.0.0:8080"
  "SLIPWAY_NATS_URL" (include "slipway.natsUrl" $root)
  "SLIPWAY_NATS_CREDS" "/etc/slipway/secrets/nats.creds"
  "SLIPWAY_INTERNAL_SECRET_FILE" "/etc/slipway/secrets/internal.secret" }}
{{- if ne $part "router" }}
{{- $_ := set $settings "SLIPWAY_SEAL_KEY_FILE" "/etc/slipway/secrets/seal.key" }}
{{- $_ := set $settings "SLIPWAY_GATEWAY_PUBLIC_KEY_FILE" "/etc/slipway/secrets/gateway.pub.pem" }}
{{- $_ := set $settings "SLIPWAY_INTERNAL_SECRET_HASHES_FILE" "/etc/slipway/secrets/internal-hashes.json" }}
{{- $_ := set $settings "SLIPWAY_SCHEMA_WAIT_SECONDS" (ternary "300" "0" $root.Values.embedded) }}
{{- end }}
{{- if has $part (list "gateway" "builder" "deployer") }}
{{- $_ := set $settings "SLIPWAY_REGISTRY_URL" (printf "http://%s-registry:8080" $full) }}{{ end }}
{{- if eq $part "gateway" }}
{{- $_ := set $settings "SLIPWAY_PUBLIC_URL" $root.Values.publicUrl }}
{{- $_ := set $settings "SLIPWAY_ROUTER_URL" $root.Values.routerUrl }}
{{- $_ := set $settings "SLIPWAY_BUILDER_URL" (printf "http://%s-builder:8080" $full) }}
{{- $_ := set $settings "SLIPWAY_GATEWAY_PRIVATE_KEY_FILE" "/etc/slipway/secrets/gateway.key.pem" }}
{{- $_ := set $settings "SLIPWAY_OWNER_TOKEN_FILE" "/etc/slipway/secrets/owner-token" }}
{{- if $own.tlsSecret }}
{{- $_ := set $settings "SLIPWAY_TLS_CERT_FILE" "/etc/slipway/tls/tls.crt" }}
{{- $_ := set $settings "SLIPWAY_TLS_KEY_FILE" "/etc/slipway/tls/tls.key" }}
{{- else }}{{- $_ := set $settings "SLIPWAY_BEHIND_PROXY" "true" }}{{ end }}
{{- end }}
{{- if has $part (list "gateway" "router") }}
{{- $_ := set $settings "SLIPWAY_DEPLOYER_URL" (printf "http://%s-deployer:8080" $full) }}{{ end }}
{{- if eq $part "deployer" }}{{- $_ := set $settings "SLIPWAY_LOCAL_ENVIRONMENT" "false" }}{{ end }}
{{- if eq $part "router" }}{{- $_ := set $settings "SLIPWAY_ROUTER_LISTEN" "0.0.0.0:8081" }}{{ end }}
{{- if $root.Values.caBundle.configMap }}
{{- $_ := set $settings "NODE_EXTRA_CA_CERTS" "/etc/slipway/ca/ca.crt" }}
{{- $_ := set $settings "SSL_CERT_DIR" "/etc/ssl/certs:/etc/slipway/ca" }}{{ end }}
{{- $settings = merge (deepCopy $own.env) $settings }}
{{- range $name, $value := $settings }}
- { name: {{ $name }}, value: {{ $value | toString | quote }} }
{{- end }}
{{- if ne $part "router" }}
- name: SLIPWAY_DATABASE_URL
  valueFrom: { secretKeyRef: { name: {{ $secret }}, key: database-url } }
{{- end }}
{{- end }}

{{/* Keys of the service's own Secret that its pod sees as files. */}}
{{- define "slipway.secretItems" -}}
{{- $items := list "nats.creds" "internal.secret" }}
{{- if ne .part "router" }}{{ $items = append $items "seal.key" }}{{ end }}
{{- if eq .part "gateway" }}{{ $items = concat $items (list "gateway.key.pem" "owner-token") }}{{ end }}
{{- range $items }}
- { key: {{ . }}, path: {{ . }} }
{{- end }}
{{- end }}

{{- define "slipway.probe" -}}
httpGet: { path: {{ .path }}, port: internal{{ if .tls }}, scheme: HTTPS{{ end }} }
{{- end }}

{{/* The pod of a service. Of (dict "root" $ "part" "gateway"). */}}
{{- define "slipway.pod" -}}
{{- $root := .root }}{{- $part := .part }}{{- $own := get $root.Values $part }}
{{- $tls := and (eq $part "gateway") $own.tlsSecret }}
metadata:
  labels:
    {{- include "slipway.labels" . | nindent 4 }}
    {{- with $own.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- with $own.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  serviceAccountName: {{ include "slipway.fullname" $root }}-{{ $part }}
  automountServiceAccountToken: {{ eq $part "deployer" }}
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ ternary 45 30 (eq $part "router") }}
  securityContext: {{- include "slipway.podSecurity" $root | nindent 4 }}
  {{- with $root.Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with $own.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $own.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- if $own.topologySpread.enabled }}
  topologySpreadConstraints:
    - maxSkew: 1
      topologyKey: {{ $own.topologySpread.topologyKey }}
      whenUnsatisfiable: ScheduleAnyway
      labelSelector: { matchLabels: {{ include "slipway.selector" . | fromYaml | toJson }} }
  {{- end }}
  containers:
    - name: {{ $part }}
      image: {{ include "slipway.image" (dict "root" $root "image" $own.image) }}
      imagePullPolicy: {{ $root.Values.image.pullPolicy }}
      args: [{{ $part }}]
      env: {{- include "slipway.env" . | nindent 8 }}
      ports:
        - { name: internal, containerPort: 8080 }
        {{- if eq $part "router" }}
        - { name: public, containerPort: 8081 }
        {{- end }}
      startupProbe:
        {{- include "slipway.probe" (dict "path" "/healthz" "tls" $tls) | nindent 8 }}
        periodSeconds: 2
        failureThreshold: {{ ternary 240 60 $root.Values.embedded }}
      livenessProbe:
        {{- include "slipway.probe" (dict "path" "/healthz" "tls" $tls) | nindent 8 }}
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      readinessProbe:
        {{- include "slipway.probe" (dict "path" "/readyz" "tls" $tls) | nindent 8 }}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      # Whoever routes here hears of the end before it comes.
      lifecycle: { preStop: { sleep: { seconds: 5 } } }
      resources: {{- toYaml $own.resources | nindent 8 }}
      securityContext: {{- include "slipway.containerSecurity" $root | nindent 8 }}
      volumeMounts:
        - { name: home, mountPath: /var/lib/slipway }
        - { name: tmp, mountPath: /tmp }
        - { name: secrets, mountPath: /etc/slipway/secrets, readOnly: true }
        {{- if $tls }}
        - { name: tls, mountPath: /etc/slipway/tls, readOnly: true }
        {{- end }}
        {{- if $root.Values.caBundle.configMap }}
        - { name: ca, mountPath: /etc/slipway/ca, readOnly: true }
        {{- end }}
  volumes:
    - { name: tmp, emptyDir: {} }
    {{- if has $part (list "registry" "builder" "telemetry") }}
    - name: home
      persistentVolumeClaim: { claimName: {{ $own.storage.existingClaim | default (printf "%s-%s" (include "slipway.fullname" $root) $part) }} }
    {{- else if ne $part "router" }}
    - { name: home, emptyDir: {} }
    {{- end }}
    - name: secrets
      projected:
        defaultMode: 0440
        sources:
          - secret:
              name: {{ include "slipway.secret" . }}
              items: {{- include "slipway.secretItems" . | nindent 16 }}
          {{- if ne $part "router" }}
          - secret:
              name: {{ include "slipway.secret" (dict "root" $root "part" "shared") }}
              items:
                - { key: gateway.pub.pem, path: gateway.pub.pem }
                - { key: internal-hashes.json, path: internal-hashes.json }
          {{- end }}
    {{- if $tls }}
    - { name: tls, secret: { secretName: {{ $own.tlsSecret }}, defaultMode: 0440 } }
    {{- end }}
    {{- with $root.Values.caBundle }}{{- if .configMap }}
    - { name: ca, configMap: { name: {{ .configMap }}, items: [{ key: {{ .key }}, path: ca.crt }] } }
    {{- end }}{{- end }}
{{- end }}
