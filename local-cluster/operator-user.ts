/** Who the operator is to the API server. */
export const operatorUser = 'system:serviceaccount:metrics-server-operator:metrics-server-operator';
