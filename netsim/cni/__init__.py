"""CNI plugins: each turns the Pods and nodes of a cluster into namespaces, devices, routes and rules."""
