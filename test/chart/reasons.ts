/** What linters say about the operator and is meant so: the end of their sentence, and why. */
export const reasons: Record<string, string> = {
  'Deployment metrics-server-operator metrics-server-operator gets a token':
    'It talks to the API server. The ServiceAccount itself gives nobody a token unasked.',
  'Deployment metrics-server-operator metrics-server-operator has no limit of the processor':
    'It would only delay what is needed rarely and then at once; two replicas on a node ask for 20m.',
  'NetworkPolicy metrics-server-operator lets out everything':
    'A NetworkPolicy sees the addresses of the API server and of kubelets, which differ from cluster to cluster.',
  'ClusterRole metrics-server-operator writes objects of any name: patch metricsserverconfigs/status':
    'A config of a name that the operator has no rights for is told so in its status, and nowhere else.',
  'ClusterRole metrics-server-operator writes objects of any name: create tokenreviews':
    'Held only in order to be granted to metrics-server; a review changes nothing and has no name.',
  'ClusterRole metrics-server-operator writes objects of any name: create subjectaccessreviews':
    'Held only in order to be granted to metrics-server; a review changes nothing and has no name.',
  'Role default metrics-server-operator writes objects of any name: create events':
    'The name of an Event is new each time; Events of cluster-scoped objects are in namespace default.',
};

/** What is rendered only where a value asks for it, or is no part of config/default. */
export const reasonsOfMore: Record<string, string> = {
  'ClusterRole metrics-server-operator-config-edit writes objects of any name: get,list,watch,create,update,patch,delete metricsserverconfigs':
    'For people; a config is called as they like.',
  'ClusterRole metrics-server-operator-config-admin writes objects of any name: get,list,watch,create,update,patch,delete,deletecollection metricsserverconfigs':
    'For people; a config is called as they like.',
  'Pod metrics-server-operator metrics-server-operator-test is told of all Services by its environment':
    'So it finds the operator also in a cluster without DNS.',
  'Pod metrics-server-operator metrics-server-operator-test has no limit of the processor':
    'It runs for a few seconds, when somebody asks for it.',
  'Pod metrics-server-operator metrics-server-operator-test has no liveness probe':
    'It runs to its end, within a minute for each question.',
  'Pod metrics-server-operator metrics-server-operator-test has no readiness probe': 'It serves nobody.',
};
