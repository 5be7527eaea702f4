// A worker in TypeScript: offers charge-card to workflows, without a dependency (node 22.18 or newer runs it as it is).
//
// capstan dev, and from here: node worker.ts; a cluster: CAPSTAN_SERVER=https://... CAPSTAN_API_KEY=capk_...
type Task = { id: string; token: string; function: string; arguments: any; idempotencyKey: string; leaseMs: number };

const server: string = process.env.CAPSTAN_SERVER ?? "http://127.0.0.1:7480";
const headers: Record<string, string> = { "Content-Type": "application/json" };
if (process.env.CAPSTAN_API_KEY) headers.Authorization = `Bearer ${process.env.CAPSTAN_API_KEY}`;

const functions: Record<string, (input: any, task: Task) => unknown> = {
  "charge-card": (input, task) => {
    if (input.amount > 1000) throw new Error("more than the card allows");
    return { charged: input.amount, by: "typescript", key: task.idempotencyKey };
  },
};

class Refused extends Error {}

/** What may be asked again is asked again, which is what makes it safe to change coordinators. */
async function post(path: string, body: unknown): Promise<any> {
  for (;;) {
    try {
      const signal = AbortSignal.timeout(60_000);
      const answer = await fetch(server + path, { method: "POST", headers, body: JSON.stringify(body), signal });
      if (answer.ok) return answer.status === 204 ? null : await answer.json();
      if (answer.status !== 429 && answer.status !== 503) throw new Refused(`${answer.status} ${await answer.text()}`);
    } catch (error) {
      if (error instanceof Refused) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

async function run(task: Task): Promise<void> {
  const about = `/v1/work/${task.id}`;
  const beat = () => post(`${about}/heartbeat`, { token: task.token }).catch(() => clearInterval(beats));
  const beats = setInterval(beat, task.leaseMs / 3);
  let deed = "complete";
  let said: object;
  try {
    said = { output: await functions[task.function](task.arguments, task) };
  } catch (error) {
    deed = "fail";
    said = { error: { type: "https://example.com/errors/card", status: 402, detail: String(error) } };
  }
  clearInterval(beats);
  await post(`${about}/${deed}`, { token: task.token, ...said }).catch((refused) => console.log(task.id, refused.message));
}

for (;;) {
  const { tasks } = await post("/v1/work?wait=20s", { worker: "typescript", functions: Object.keys(functions) });
  await Promise.all(tasks.map(run));
}
