/** A tls.serving of each mode. */
export const servingModes = (secret: string) => ({
  SelfSigned: { mode: 'SelfSigned' },
  Managed: { mode: 'Managed' },
  Secret: { mode: 'Secret', secretRef: { name: secret } },
  CertManager: { mode: 'CertManager' },
});

export type ServingMode = keyof ReturnType<typeof servingModes>;

export const modeNames: ServingMode[] = ['SelfSigned', 'Managed', 'Secret', 'CertManager'];

/** Which of the operator's Secrets there are with a mode, by what their names end in. */
export const secretsOfMode: Record<ServingMode, string[]> = {
  SelfSigned: [],
  Managed: ['ca', 'cert'],
  Secret: ['cert'],
  CertManager: ['cert', 'issued'],
};
