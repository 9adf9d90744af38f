/** What an imported config is called, whatever runs is called: the rights in config/rbac are bound to it. */
export const configName = 'metrics-server';
