import { asWorkerId } from "../../../ground/ids.ts";
import { supervise as stayWith } from "../../../grow/supervisor.ts";
import { openProject } from "../project.ts";
import { required, verb } from "../verb.ts";

export const supervise = verb({
  args: { worker: required("worker", "the worker to stay with") },
  options: {},
  examples: [],
  run: async (context, { worker }) => {
    const { ground, config } = await openProject(context);
    return await stayWith(ground, config, asWorkerId(worker), { signal: context.interruption() });
  },
});
