import { z } from 'zod';
import { ExtraAnnotations, ExtraLabels } from './pod.ts';

/** Where the API server finds metrics-server. */
export const Service = z.object({
  port: z
    .int()
    .min(1)
    .max(65535)
    .optional()
    .describe('Port of the Service; the APIService follows. Default 443.'),
  ipFamilyPolicy: z
    .enum(['SingleStack', 'PreferDualStack', 'RequireDualStack'])
    .optional()
    .describe("Address families of the Service. Default SingleStack: the cluster's first family."),
  labels: ExtraLabels.optional().describe(
    'Labels of the Service. Refused: those of the operator (k8s-app, metrics-server.io/..., app.kubernetes.io/name, managed-by, version) and of Argo CD.',
  ),
  annotations: ExtraAnnotations.optional().describe(
    'Annotations of the Service, but those of the operator and of Argo CD.',
  ),
});
