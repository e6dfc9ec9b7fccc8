/**
 * A shell script that runs a program which starts ssh. The script gets the program's command line as arguments. If
 * the program fails, the script writes the log of ssh to standard error. Restic forwards what ssh writes to standard
 * error, but often exits before it has done so.
 *
 * The program has the script's standard input and output. The script passes SIGTERM on to it, so that restic removes
 * its locks.
 *
 * @param log path of the file that ssh writes to (`-E` of ssh)
 */
export function withSshLog(log: string): string {
  // The shell would run a background process without standard input, hence descriptor 3. The trap is set first: a
  // signal may come before the process ID of the program is known, or while the script waits for the program. Such a
  // wait ends with the code of the signal, so it is repeated until no signal has come during it.
  return `
    exec 3<&0
    asked= program=
    trap 'asked=x$asked; [ -z "$program" ] || kill "$program" 2>/dev/null || true' TERM
    "$@" <&3 3<&- &
    program=$!
    [ -z "$asked" ] || kill "$program" 2>/dev/null || true
    while :; do
      before=$asked
      wait "$program" && code=0 || code=$?
      [ "$asked" != "$before" ] || break
    done
    if [ "$code" != 0 ] && [ -e ${log} ]; then
      cat ${log} >&2
    fi
    exit "$code"`;
}
