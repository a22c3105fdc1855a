import { becomeJob } from "../../../hosts/job-file.ts";
import { required, verb } from "../verb.ts";

export const hostedVerb = verb({
  args: { job: required("job", "a private file that says what to become") },
  options: {},
  examples: [],
  run: async ({ invocation }, { job }) => becomeJob(job, invocation.env),
});
