-- MetricsServerConfig is in kstatus format: observedGeneration, and the conditions Reconciling, Stalled and Ready.
-- https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
local hs = { status = "Progressing", message = "Waiting for the operator" }
if obj.status == nil or obj.status.conditions == nil then
  return hs
end
if obj.status.observedGeneration ~= obj.metadata.generation then
  hs.message = "Waiting for the operator to take in the latest spec"
  return hs
end

local conditions = {}
for _, condition in ipairs(obj.status.conditions) do
  conditions[condition.type] = condition
end
local function isTrue(name)
  return conditions[name] ~= nil and conditions[name].status == "True"
end
local ready = conditions.Ready
if ready == nil then
  return hs
end

hs.message = ready.reason .. ": " .. ready.message
if isTrue("Stalled") and not isTrue("Ready") then
  hs.status = "Degraded"
elseif obj.spec ~= nil and obj.spec.mode == "Paused" then
  hs.status = "Suspended"
elseif isTrue("Ready") and not isTrue("Reconciling") then
  hs.status = "Healthy"
end
return hs
