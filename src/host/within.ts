/**
 * What a promise gives, unless it takes longer.
 *
 * @throws an error that says so, after so many seconds. What was asked goes on, and nobody hears its answer.
 */
export async function within<Value>(seconds: number, asked: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no answer within ${seconds} seconds`)), seconds * 1000);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
