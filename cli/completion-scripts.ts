// What each shell is told once, so that it asks `seal completion --for` what may come next.

/** Shells that have a script. */
export const shells = ['bash', 'zsh', 'fish'] as const;

/** One of them. */
export type Shell = (typeof shells)[number];

// Bash takes an option and its =value apart, and puts back only what stands behind the =.
const bash = String.raw`# bash completion for seal
_seal() {
  local i line rest paths=none
  local -a words=()
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if ((i > 1)) && [[ "$\{COMP_WORDS[i]}" == "=" || "$\{COMP_WORDS[i - 1]}" == "=" ]]; then
      words[$\{#words[@]} - 1]+=$\{COMP_WORDS[i]}
    else
      words+=("$\{COMP_WORDS[i]}")
    fi
  done
  # Words come as they were typed: without what quotes them they are what seal would be given.
  for i in "$\{!words[@]}"; do
    line=$\{words[i]#[\"\']}
    line=$\{line%[\"\']}
    words[i]=$\{line//\\/}
  done
  local current=$\{words[$\{#words[@]} - 1]} prefix=
  [[ $current == -*=* ]] && prefix=$\{current%%=*}=
  rest=$\{current#"$prefix"}
  COMPREPLY=()
  while IFS= read -r line; do
    line=$\{line%%$'\t'*}
    case $line in
      :files | :folders | :none) paths=$\{line#:} ;;
      *) [[ $COMP_WORDBREAKS == *=* ]] && line=$\{line#"$prefix"}; COMPREPLY+=("$line") ;;
    esac
  done < <("$1" completion --for bash -- "$\{words[@]}" 2>/dev/null)
  local how
  case $paths in
    files) how=-f ;;
    folders) how=-d ;;
    *) return ;;
  esac
  compopt -o filenames 2>/dev/null
  while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen "$how" -- "$rest")
}
complete -F _seal seal
`;

const zsh = String.raw`#compdef seal
_seal() {
  local line paths=none
  local -a given described
  given=("$\{(@Q)words[2,CURRENT - 1]}" "$\{(Q)PREFIX}")
  for line in "$\{(@f)$("$\{words[1]}" completion --for zsh -- "$\{(@)given}" 2>/dev/null)}"; do
    case $line in
      :files | :folders | :none) paths=$\{line#:} ;;
      *$'\t'*) described+=("$\{$\{line%%$'\t'*}//:/\\:}:$\{line#*$'\t'}") ;;
    esac
  done
  (($#described)) && _describe -t words word described
  [[ $PREFIX == -*=* ]] && compset -P '*='
  case $paths in
    files) _files ;;
    folders) _files -/ ;;
  esac
}
if [[ $funcstack[1] == _seal ]]; then _seal "$@"; else compdef _seal seal; fi
`;

const fish = `# fish completion for seal
function __seal_complete
    set -l current (commandline -ct)
    set -l given (commandline -opc)
    set -l prefix (string match -r '^-[^=]*=' -- "$current"; or echo)
    set -l rest (string replace -r '^-[^=]*=' '' -- "$current")
    for line in (command $given[1] completion --for fish -- $given[2..-1] "$current" 2>/dev/null)
        switch $line
            case ':files'
                for path in (__fish_complete_path "$rest")
                    echo $prefix$path
                end
            case ':folders'
                for path in (__fish_complete_directories "$rest")
                    echo $prefix$path
                end
            case ':none'
            case '*'
                echo $line
        end
    end
end
complete -c seal -f -a '(__seal_complete)'
`;

// In templates of JavaScript a brace behind a dollar has to be kept apart.
const plainly = (script: string) => script.replaceAll('$\\{', '${');

/** The script of each shell. */
export const completionScripts: Readonly<Record<Shell, string>> = {
  bash: plainly(bash),
  zsh: plainly(zsh),
  fish,
};
