//! The network add-on: Flannel, as objects of Kubernetes' API.
//!
//! What flanneld needs of the API server is in its subnet manager
//! (flannel pkg/subnet/kube/kube.go): its own pod, the nodes, and their status.

use ipnet::Ipv4Net;

use crate::plan::survey::MARK;

/// What Flannel is set up with.
#[derive(Debug, Clone, PartialEq)]
pub struct Flannel<'a> {
    /// Range of the pods.
    pub pods: Ipv4Net,
    /// The chosen interface on this host.
    pub interface: &'a str,
    /// Image of flanneld.
    pub image: &'a str,
    /// Image of its CNI plugin.
    pub cni_image: &'a str,
    /// Minor version of Kubernetes.
    pub minor: u64,
}

/// UDP port of the VXLAN that the manifest asks for: the kernel's own number in
/// Linux, and Flannel's default (Documentation/backends.md).
pub const PORT: u16 = 8472;

/// The manifest.
///
/// Flannel takes the interface of the default route where it is not told. Each
/// node's own address is told first, since the interface has another name on
/// another node; then the name that was chosen here.
pub fn text(flannel: &Flannel<'_>) -> String {
    let Flannel {
        pods,
        interface,
        image,
        cni_image,
        minor,
    } = flannel;
    // Below 1.17 only kube-system may have it (kubernetes#76308).
    let priority = if *minor < 17 {
        ""
    } else {
        "      priorityClassName: system-node-critical\n"
    };
    format!(
        r#"{MARK}: kubectl apply -f reads this file; no secret.
apiVersion: v1
kind: Namespace
metadata:
  name: kube-flannel
  labels:
    pod-security.kubernetes.io/enforce: privileged
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: flannel
  namespace: kube-flannel
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata:
  name: flannel
rules:
- apiGroups: [""]
  resources: ["pods"]
  verbs: ["get"]
- apiGroups: [""]
  resources: ["nodes"]
  verbs: ["get", "list", "watch"]
- apiGroups: [""]
  resources: ["nodes/status"]
  verbs: ["patch"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: flannel
roleRef:
  apiGroup: rbac.authorization.k8s.io
  kind: ClusterRole
  name: flannel
subjects:
- kind: ServiceAccount
  name: flannel
  namespace: kube-flannel
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: flannel
  namespace: kube-flannel
data:
  net-conf.json: '{{"Network": "{pods}", "Backend": {{"Type": "vxlan", "Port": {PORT}}}}}'
  10-flannel.conflist: '{{"name": "flannel", "cniVersion": "0.3.1", "plugins": [{{"type": "flannel", "delegate": {{"hairpinMode": true, "isDefaultGateway": true}}}}, {{"type": "portmap", "capabilities": {{"portMappings": true}}}}]}}'
---
apiVersion: apps/v1
kind: DaemonSet
metadata:
  name: flannel
  namespace: kube-flannel
spec:
  selector:
    matchLabels:
      app: flannel
  template:
    metadata:
      labels:
        app: flannel
    spec:
      hostNetwork: true
      serviceAccountName: flannel
{priority}      tolerations:
      - operator: Exists
      initContainers:
      - name: plugin
        image: "{cni_image}"
        command: ["cp", "-f", "/flannel", "/host/bin/flannel"]
        volumeMounts:
        - name: cni-bin
          mountPath: /host/bin
      - name: network
        image: "{image}"
        command: ["cp", "-f", "/etc/kube-flannel/10-flannel.conflist", "/host/net.d/10-flannel.conflist"]
        volumeMounts:
        - name: cni-net
          mountPath: /host/net.d
        - name: config
          mountPath: /etc/kube-flannel
      containers:
      - name: flanneld
        image: "{image}"
        command: ["/opt/bin/flanneld"]
        args:
        - --kube-subnet-mgr
        - --ip-masq
        - --iface=$(NODE_IP)
        - --iface={interface}
        env:
        - name: NODE_IP
          valueFrom:
            fieldRef:
              fieldPath: status.hostIP
        - name: POD_NAME
          valueFrom:
            fieldRef:
              fieldPath: metadata.name
        - name: POD_NAMESPACE
          valueFrom:
            fieldRef:
              fieldPath: metadata.namespace
        resources:
          requests:
            cpu: 100m
            memory: 50Mi
        securityContext:
          capabilities:
            add: ["NET_ADMIN", "NET_RAW"]
        volumeMounts:
        - name: run
          mountPath: /run/flannel
        - name: config
          mountPath: /etc/kube-flannel
        - name: xtables-lock
          mountPath: /run/xtables.lock
      volumes:
      - name: run
        hostPath:
          path: /run/flannel
          type: DirectoryOrCreate
      - name: cni-bin
        hostPath:
          path: /opt/cni/bin
          type: DirectoryOrCreate
      - name: cni-net
        hostPath:
          path: /etc/cni/net.d
          type: DirectoryOrCreate
      - name: config
        configMap:
          name: flannel
      - name: xtables-lock
        hostPath:
          path: /run/xtables.lock
          type: FileOrCreate
"#
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde::Deserialize;
    use serde_yaml::Value;

    fn objects() -> Vec<Value> {
        let text = text(&Flannel {
            minor: 20,
            pods: "10.245.0.0/16".parse().unwrap(),
            interface: "eth1",
            image: "registry.example.com/flannel:v1",
            cni_image: "registry.example.com/plugin:v1",
        });
        assert!(text.starts_with(MARK));
        serde_yaml::Deserializer::from_str(&text)
            .map(|document| Value::deserialize(document).unwrap())
            .collect()
    }

    fn one(objects: &[Value], kind: &str) -> Value {
        let found: Vec<_> = objects.iter().filter(|o| o["kind"] == kind).collect();
        assert_eq!(found.len(), 1, "{kind}");
        found[0].clone()
    }

    #[test]
    fn what_the_objects_name_is_there() {
        let objects = objects();
        let (account, role) = (
            one(&objects, "ServiceAccount"),
            one(&objects, "ClusterRole"),
        );
        let binding = one(&objects, "ClusterRoleBinding");
        assert_eq!(binding["roleRef"]["name"], role["metadata"]["name"]);
        let subject = &binding["subjects"][0];
        for key in ["name", "namespace"] {
            assert_eq!(subject[key], account["metadata"][key]);
        }
        let set = one(&objects, "DaemonSet");
        let spec = &set["spec"]["template"]["spec"];
        assert_eq!(spec["serviceAccountName"], account["metadata"]["name"]);
        assert_eq!(
            set["spec"]["selector"]["matchLabels"],
            set["spec"]["template"]["metadata"]["labels"]
        );
        let namespace = one(&objects, "Namespace")["metadata"]["name"].clone();
        for kind in ["ServiceAccount", "ConfigMap", "DaemonSet"] {
            assert_eq!(one(&objects, kind)["metadata"]["namespace"], namespace);
        }
        // Every mount has its volume, and the container's file is in the map.
        let names = |list: &Value| -> Vec<String> {
            let list = list.as_sequence().unwrap();
            list.iter()
                .map(|one| one["name"].as_str().unwrap().to_owned())
                .collect()
        };
        let volumes = names(&spec["volumes"]);
        let containers = ["initContainers", "containers"];
        for container in containers
            .iter()
            .flat_map(|key| spec[*key].as_sequence().unwrap())
        {
            for mount in names(&container["volumeMounts"]) {
                assert!(volumes.contains(&mount), "{mount}");
            }
        }
        let map = one(&objects, "ConfigMap");
        for key in ["net-conf.json", "10-flannel.conflist"] {
            let text = map["data"][key].as_str().unwrap();
            serde_json::from_str::<serde_json::Value>(text).unwrap();
        }
    }

    #[test]
    fn flannel_is_bound_to_the_chosen_interface_and_range() {
        let objects = objects();
        let spec = &one(&objects, "DaemonSet")["spec"]["template"]["spec"];
        let args = spec["containers"][0]["args"].clone();
        let args: Vec<_> = args
            .as_sequence()
            .unwrap()
            .iter()
            .map(|a| a.as_str().unwrap())
            .filter(|a| a.starts_with("--iface="))
            .collect();
        assert_eq!(args, ["--iface=$(NODE_IP)", "--iface=eth1"]);
        let conf = one(&objects, "ConfigMap")["data"]["net-conf.json"].clone();
        let conf: serde_json::Value = serde_json::from_str(conf.as_str().unwrap()).unwrap();
        assert_eq!(conf["Network"], "10.245.0.0/16");
        assert_eq!(conf["Backend"]["Port"], 8472);
        let images: Vec<_> = ["initContainers", "containers"]
            .iter()
            .flat_map(|key| spec[*key].as_sequence().unwrap())
            .map(|container| container["image"].as_str().unwrap().to_owned())
            .collect();
        assert!(
            images
                .iter()
                .all(|image| image.starts_with("registry.example.com/"))
        );
    }
}
