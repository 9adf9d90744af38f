/** Not a name that a config may have. */
export const everyConfig: unique symbol = Symbol('every config');

/** Has one config looked at, or each that there is. */
export type Wake = (config: string | typeof everyConfig, afterMs?: number) => void;
