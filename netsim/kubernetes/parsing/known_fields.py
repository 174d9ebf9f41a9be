"""Which fields Kubernetes has, so that a misspelt one is refused where the engine would have read the right one.

kubectl's default, `--validate=strict`, refuses such a field, too. Left alone are parts that the engine does not read,
such as probes and volumes, and objects with a uid: a cluster printed them, and its own version knew their fields.
The readers of policies and selectors refuse what they do not know by themselves, wherever it comes from.

Sources: Kubernetes 1.37, api/openapi-spec/swagger.json; Gateway API 1.6, apis/v1; Istio, security/v1 of istio/api.
"""

from __future__ import annotations

from collections.abc import Mapping

from netsim.kubernetes.parsing.fields import Field

CORE = {
    "Namespace": "apiVersion kind metadata:ObjectMeta spec status",
    "Node": "apiVersion kind metadata:ObjectMeta spec:NodeSpec status:NodeStatus",
    "NodeSpec": "configSource externalID podCIDR podCIDRs podPreemptionPolicy providerID taints:Taint unschedulable",
    "NodeStatus": (
        "addresses:NodeAddress allocatable capacity conditions config daemonEndpoints declaredFeatures features "
        "images nodeInfo phase runtimeHandlers volumesAttached volumesInUse"
    ),
    "NodeAddress": "address type",
    "Taint": "effect key timeAdded value",
    "Pod": "apiVersion kind metadata:ObjectMeta spec:PodSpec status:PodStatus",
    "PodSpec": (
        "activeDeadlineSeconds affinity:Affinity automountServiceAccountToken containers:Container "
        "dnsConfig:PodDNSConfig dnsPolicy enableServiceLinks ephemeralContainers evictionResponders "
        "hostAliases:HostAlias hostIPC hostNetwork hostPID hostUsers hostname hostnameOverride imagePullSecrets "
        "initContainers:Container nodeName nodeSelector os overhead preemptionPolicy priority priorityClassName "
        "readinessGates resourceClaims resources restartPolicy runtimeClassName schedulerName schedulingGates "
        "schedulingGroup securityContext serviceAccount serviceAccountName setHostnameAsFQDN shareProcessNamespace "
        "subdomain terminationGracePeriodSeconds tolerations:Toleration topologySpreadConstraints volumes"
    ),
    "PodStatus": (
        "allocatedResources conditions containerStatuses ephemeralContainerStatuses extendedResourceClaimStatus "
        "hostIP hostIPs initContainerStatuses message nodeAllocatableResourceClaimStatuses nominatedNodeName "
        "observedGeneration phase podIP podIPs:PodIP qosClass reason resize resourceClaimStatuses resources startTime "
        "volumeHealth"
    ),
    "PodIP": "ip",
    "Container": (
        "args command env envFrom image imagePullPolicy lifecycle livenessProbe name ports:ContainerPort "
        "readinessProbe resizePolicy resources restartPolicy restartPolicyRules securityContext startupProbe stdin "
        "stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir"
    ),
    "ContainerPort": "containerPort hostIP hostPort name protocol",
    "HostAlias": "hostnames ip",
    "PodDNSConfig": "nameservers options:PodDNSConfigOption searches",
    "PodDNSConfigOption": "name value",
    "Toleration": "effect key operator tolerationSeconds value",
    "Affinity": "nodeAffinity:NodeAffinity podAffinity podAntiAffinity",
    "NodeAffinity": (
        "preferredDuringSchedulingIgnoredDuringExecution requiredDuringSchedulingIgnoredDuringExecution:NodeSelector"
    ),
    "NodeSelector": "nodeSelectorTerms:NodeSelectorTerm",
    "NodeSelectorTerm": "matchExpressions matchFields",
    "Deployment": "apiVersion kind metadata:ObjectMeta spec:DeploymentSpec status",
    "DeploymentSpec": (
        "minReadySeconds paused progressDeadlineSeconds replicas revisionHistoryLimit selector strategy "
        "template:PodTemplateSpec"
    ),
    "ReplicaSet": "apiVersion kind metadata:ObjectMeta spec:ReplicaSetSpec status",
    "ReplicaSetSpec": "minReadySeconds replicas selector template:PodTemplateSpec",
    "StatefulSet": "apiVersion kind metadata:ObjectMeta spec:StatefulSetSpec status",
    "StatefulSetSpec": (
        "minReadySeconds ordinals:StatefulSetOrdinals persistentVolumeClaimRetentionPolicy podManagementPolicy "
        "replicas revisionHistoryLimit selector serviceName template:PodTemplateSpec updateStrategy "
        "volumeClaimTemplates"
    ),
    "StatefulSetOrdinals": "start",
    "DaemonSet": "apiVersion kind metadata:ObjectMeta spec:DaemonSetSpec status",
    "DaemonSetSpec": ("minReadySeconds revisionHistoryLimit selector template:PodTemplateSpec updateStrategy"),
    "Job": "apiVersion kind metadata:ObjectMeta spec:JobSpec status",
    "JobSpec": (
        "activeDeadlineSeconds backoffLimit backoffLimitPerIndex completionMode completions managedBy manualSelector "
        "maxFailedIndexes parallelism podFailurePolicy podReplacementPolicy scheduling selector "
        "successPolicy suspend template:PodTemplateSpec ttlSecondsAfterFinished"
    ),
    "PodTemplateSpec": "metadata:ObjectMeta spec:PodSpec",
    "ConfigMap": "apiVersion binaryData data immutable kind metadata:ObjectMeta",
    "Service": "apiVersion kind metadata:ObjectMeta spec:ServiceSpec status:ServiceStatus",
    "ServiceSpec": (
        "allocateLoadBalancerNodePorts clusterIP clusterIPs externalIPs externalName externalTrafficPolicy "
        "healthCheckNodePort internalTrafficPolicy ipFamilies ipFamilyPolicy loadBalancerClass loadBalancerIP "
        "loadBalancerSourceRanges ports:ServicePort publishNotReadyAddresses selector sessionAffinity "
        "sessionAffinityConfig:SessionAffinityConfig trafficDistribution type"
    ),
    "ServicePort": "appProtocol name nodePort port protocol targetPort",
    "SessionAffinityConfig": "clientIP:ClientIPConfig",
    "ClientIPConfig": "timeoutSeconds",
    "ServiceStatus": "conditions loadBalancer:LoadBalancerStatus",
    "LoadBalancerStatus": "ingress:LoadBalancerIngress",
    "LoadBalancerIngress": "hostname ip ipMode ports",
    "Endpoints": "apiVersion kind metadata:ObjectMeta subsets:EndpointSubset",
    "EndpointSubset": "addresses:EndpointAddress notReadyAddresses:EndpointAddress ports:EndpointPort",
    "EndpointAddress": "hostname ip nodeName targetRef:ObjectReference",
    "EndpointSlice": "addressType apiVersion endpoints:Endpoint kind metadata:ObjectMeta ports:EndpointPort",
    "Endpoint": (
        "addresses conditions:EndpointConditions deprecatedTopology hints:EndpointHints hostname nodeName "
        "targetRef:ObjectReference zone"
    ),
    "EndpointConditions": "ready serving terminating",
    "EndpointHints": "forNodes:ForNode forZones:ForZone",
    "ForNode": "name",
    "ForZone": "name",
    "EndpointPort": "appProtocol name port protocol",
    "ObjectReference": "apiVersion fieldPath kind name namespace resourceVersion uid",
}

NETWORKING = {
    "IngressClass": "apiVersion kind metadata:ObjectMeta spec:IngressClassSpec",
    "IngressClassSpec": "controller parameters",
    "Ingress": "apiVersion kind metadata:ObjectMeta spec:IngressSpec status",
    "IngressSpec": "defaultBackend:IngressBackend ingressClassName rules:IngressRule tls:IngressTLS",
    "IngressTLS": "hosts secretName",
    "IngressRule": "host http:HTTPIngressRuleValue",
    "HTTPIngressRuleValue": "paths:HTTPIngressPath",
    "HTTPIngressPath": "backend:IngressBackend path pathType",
    "IngressBackend": "resource:TypedLocalObjectReference service:IngressServiceBackend",
    "IngressServiceBackend": "name port:ServiceBackendPort",
    "ServiceBackendPort": "name number",
    "TypedLocalObjectReference": "apiGroup kind name",
    "NetworkPolicy": "apiVersion kind metadata:ObjectMeta spec",
    "ClusterNetworkPolicy": "apiVersion kind metadata:ObjectMeta spec status",
}

META = {
    "ObjectMeta": (
        "annotations creationTimestamp deletionGracePeriodSeconds deletionTimestamp finalizers generateName "
        "generation labels managedFields name namespace ownerReferences:OwnerReference resourceVersion selfLink uid"
    ),
    "OwnerReference": "apiVersion blockOwnerDeletion controller kind name uid",
}

GATEWAY_API = {
    "GatewayClass": "apiVersion kind metadata:ObjectMeta spec:GatewayClassSpec status",
    "GatewayClassSpec": "controllerName description parametersRef",
    "Gateway": "apiVersion kind metadata:ObjectMeta spec:GatewaySpec status:GatewayStatus",
    "GatewaySpec": (
        "addresses:GatewayAddress allowedListeners defaultScope gatewayClassName infrastructure listeners:Listener tls"
    ),
    "GatewayStatus": "addresses:GatewayAddress attachedListenerSets conditions listeners",
    "GatewayAddress": "type value",
    "Listener": "allowedRoutes:AllowedRoutes hostname name port protocol tls:ListenerTLSConfig",
    "ListenerTLSConfig": "certificateRefs:SecretObjectReference mode options",
    "SecretObjectReference": "group kind name namespace",
    "AllowedRoutes": "kinds:RouteGroupKind namespaces:RouteNamespaces",
    "RouteGroupKind": "group kind",
    "RouteNamespaces": "from selector",
    "HTTPRoute": "apiVersion kind metadata:ObjectMeta spec:HTTPRouteSpec status",
    "HTTPRouteSpec": "hostnames parentRefs:ParentReference rules:HTTPRouteRule useDefaultGateways",
    "ParentReference": "group kind name namespace port sectionName",
    "HTTPRouteRule": (
        "backendRefs:HTTPBackendRef filters:HTTPRouteFilter matches:HTTPRouteMatch name retry sessionPersistence "
        "timeouts"
    ),
    "HTTPBackendRef": "filters:HTTPRouteFilter group kind name namespace port weight",
    "HTTPRouteMatch": "headers:HTTPHeaderMatch method path:HTTPPathMatch queryParams:HTTPQueryParamMatch",
    "HTTPHeaderMatch": "name type value",
    "HTTPQueryParamMatch": "name type value",
    "HTTPPathMatch": "type value",
    "HTTPRouteFilter": (
        "cors extensionRef externalAuth requestHeaderModifier:HTTPHeaderFilter requestMirror:HTTPRequestMirrorFilter "
        "requestRedirect:HTTPRequestRedirectFilter responseHeaderModifier:HTTPHeaderFilter type "
        "urlRewrite:HTTPURLRewriteFilter"
    ),
    "HTTPHeaderFilter": "add:HTTPHeader remove set:HTTPHeader",
    "HTTPHeader": "name value",
    "HTTPRequestMirrorFilter": "backendRef:BackendObjectReference fraction percent",
    "BackendObjectReference": "group kind name namespace port",
    "HTTPRequestRedirectFilter": "hostname path:HTTPPathModifier port scheme statusCode",
    "HTTPURLRewriteFilter": "hostname path:HTTPPathModifier",
    "HTTPPathModifier": "replaceFullPath replacePrefixMatch type",
    "TCPRoute": "apiVersion kind metadata:ObjectMeta spec:TCPRouteSpec status",
    "TCPRouteSpec": "parentRefs:ParentReference rules:TCPRouteRule useDefaultGateways",
    "TCPRouteRule": "backendRefs:BackendRef name",
    "BackendRef": "group kind name namespace port weight",
    "ReferenceGrant": "apiVersion kind metadata:ObjectMeta spec:ReferenceGrantSpec",
    "ReferenceGrantSpec": "from:ReferenceGrantFrom to:ReferenceGrantTo",
    "ReferenceGrantFrom": "group kind namespace",
    "ReferenceGrantTo": "group kind name",
}

ISTIO = {
    "PeerAuthentication": "apiVersion kind metadata:ObjectMeta spec:PeerAuthenticationSpec status",
    "PeerAuthenticationSpec": "mtls:MutualTLS portLevelMtls selector:WorkloadSelector",
    "MutualTLS": "mode",
    "WorkloadSelector": "matchLabels",
    "AuthorizationPolicy": "apiVersion kind metadata:ObjectMeta spec:AuthorizationPolicySpec status",
    "AuthorizationPolicySpec": "action provider rules:Rule selector:WorkloadSelector targetRef targetRefs",
    "Rule": "from:RuleFrom to:RuleTo when:Condition",
    "RuleFrom": "source:RuleSource",
    "RuleSource": (
        "ipBlocks namespaces notIpBlocks notNamespaces notPrincipals notRemoteIpBlocks notRequestPrincipals "
        "notServiceAccounts principals remoteIpBlocks requestPrincipals serviceAccounts"
    ),
    "RuleTo": "operation:RuleOperation",
    "RuleOperation": "hosts methods notHosts notMethods notPaths notPorts paths ports",
    "Condition": "key notValues values",
}


def _fields_by_type(types: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Take `name:Type` apart; a field without a type is "": nothing below it is checked."""
    pairs = {name: [field.partition(":") for field in fields.split()] for name, fields in types.items()}
    return {name: {field: type_name for field, _, type_name in found} for name, found in pairs.items()}


FIELDS = _fields_by_type(CORE | NETWORKING | META | GATEWAY_API | ISTIO)
"""The fields of each type, and the type of those (or of their elements) that are checked, too."""


def refuse_unknown_fields(root: Field, kind: str) -> None:
    """Raise InputError at the first field that an object of this `kind` cannot have, naming the nearest that it can."""
    if not root["metadata"]["uid"].present:
        _refuse(root, kind)


def _refuse(value: Field, type_name: str) -> None:
    for each in value.elements() if value.is_list else (value,):
        if each.is_mapping:
            each.refuse_unknown_keys(FIELDS[type_name])
            for name, type_below in FIELDS[type_name].items():
                if type_below:
                    _refuse(each[name], type_below)
