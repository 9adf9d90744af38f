/* What users see, in the words that they see. */

export const nodeIsDark =
  '`kubectl top node` has no figures of such a node (`<unknown>`, or `nodemetrics.metrics.k8s.io "NODE" not found`), and autoscalers of pods there say `no metrics returned from resource metrics API`. NODES in `kubectl get msc` counts the others; READY is True with the reason PartlyScraped, or False where less is scraped than `spec.health.minNodesScraped` asks for (by default 90%). Where it is so of every node no pod of metrics-server becomes ready: READY is False, and nobody has metrics.';

export const nobodyAnswers =
  'READY is False. `kubectl top` says `Error from server (ServiceUnavailable)`, autoscalers say `unable to fetch metrics from resource metrics API: the server is currently unable to handle the request (get pods.metrics.k8s.io)`, and namespaces that are being deleted stay, with the condition NamespaceDeletionDiscoveryFailure.';

export const nothingRegistered =
  'READY is False. The metrics API is not registered: `kubectl top` says `error: Metrics API not available`, and autoscalers say `the server could not find the requested resource (get pods.metrics.k8s.io)`.';

export const noPod =
  'READY is False, and nobody has metrics: `kubectl top` says `error: Metrics API not available` where no pod has ever been ready, else `Error from server (ServiceUnavailable)`, and autoscalers say `unable to fetch metrics from resource metrics API`. While pods from before a change serve, metrics are there: then the reason is [RolloutBlocked](#rolloutblocked), and its message has these words.';

export const nothingChanges =
  'READY is False, and nothing is changed. What was deployed before goes on as it was, metrics included; on a first install there are none.';

export const servesOn = 'Metrics are served as before: `kubectl top` and autoscalers notice nothing.';

export const notWritten =
  'READY is False. What was deployed before goes on as it was, metrics included; on a first install something is missing, and mostly metrics, too.';
