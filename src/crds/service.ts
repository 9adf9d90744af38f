import { z } from 'zod';
import { ExtraAnnotations, ExtraLabels } from './pod.ts';

/** Where the API server finds metrics-server. */
export const Service = z.object({
  port: z.int().min(1).max(65535).optional().describe('Port of the Service. Default 443.'),
  ipFamilyPolicy: z
    .enum(['SingleStack', 'PreferDualStack', 'RequireDualStack'])
    .optional()
    .describe("Address families. Default: the cluster's."),
  labels: ExtraLabels.optional().describe('Labels of the Service, beside those of the operator.'),
  annotations: ExtraAnnotations.optional().describe('Annotations of the Service.'),
});
