# Completion of matrix-deploy in bash: source <(matrix-deploy completion bash)
_matrix_deploy() {
  local line=${COMP_LINE:0:COMP_POINT} words lines head each
  read -ra words <<<"$line"
  # An empty word that is about to be typed.
  [[ $line == *[[:space:]] ]] && words+=('')
  mapfile -t lines < <(exec timeout -s KILL 2 matrix-deploy complete -- "${words[@]:1}" 2>/dev/null)
  COMPREPLY=()
  case ${lines[0]-} in
    files) compopt -o default ;;
    directories) compopt -o dirnames ;;
    *)
      # bash breaks words at : = and @, and replaces the last piece only.
      head=${words[-1]%"$2"}
      for each in "${lines[@]:1}"; do
        each=${each%%$'\t'*}
        COMPREPLY+=("${each#"$head"}")
      done
      ;;
  esac
}
complete -F _matrix_deploy matrix-deploy
