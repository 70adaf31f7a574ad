# Print an optspec for argparse to handle cmd's options that are independent of any subcommand.
function __fish_groundcrew_global_optspecs
    string join \n answers= set= y/yes no-input dry-run ui= network-interface= airgap bundle= waive= accept-findings= strict warn-ok report= facts= root= state-dir= log= color= ascii progress= q/quiet allow-inline-secrets h/help V/version
end

function __fish_groundcrew_needs_command
    # Figure out if the current invocation already has a command.
    set -l cmd (commandline -opc)
    set -e cmd[1]
    argparse -s (__fish_groundcrew_global_optspecs) -- $cmd 2>/dev/null
    or return
    if set -q argv[1]
        # Also print the command, so this can be used to figure out what it is.
        echo $argv[1]
        return 1
    end
    return 0
end

function __fish_groundcrew_using_subcommand
    set -l cmd (__fish_groundcrew_needs_command)
    test -z "$cmd"
    and return 1
    contains -- $cmd[1] $argv
end

complete -c groundcrew -n "__fish_groundcrew_needs_command" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_needs_command" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -s V -l version -d 'Print version'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "run" -d 'The whole job: inspect, ask, plan, confirm, apply, verify, report'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "preflight" -d 'Facts, findings and recommendation; changes nothing'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "check" -d 'Facts, findings and recommendation; changes nothing'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "recommend" -d 'The decision with its reasons and what would change it'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "interfaces" -d 'The interfaces, ranked with verdicts'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "plan" -d 'What would be done, step by step; changes nothing'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "apply" -d 'Carry out a saved plan, or one that is made now'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "status" -d 'The runs of this host and where they stand'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "resume" -d 'Go on with the run that stopped'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "confirm" -d 'Keep the run that would be undone by itself (apply.confirm-within)'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "rollback" -d 'Take back every run that is not undone yet'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "join" -d 'Join files: what the nodes need of each other'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "verify" -d 'Whether what the last run set up still works'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "report" -d 'The last run\'s report in other formats'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "facts" -d 'What was found on this host, with its sources'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "probe" -d 'Whether two hosts reach each other on every port that they need'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "lint" -d 'A vendor\'s replicated.yml held against this host and its interface'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "capture" -d 'An archive for support: what is read here, without secrets'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "fleet" -d 'Many hosts: their reports, one decision, one plan'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "bundle" -d 'Packages and programs for sites without internet'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "checks" -d 'The checks and rules: what they look at, and where they are from'
complete -c groundcrew -n "__fish_groundcrew_needs_command" -f -a "answers" -d 'Answers files: make, check and explain them'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l format -d 'Format of what is printed at the end' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'
markdown\t'Markdown, for tickets'
html\t'One HTML page'
junit\t'JUnit XML, for CI servers'
nagios\t'A plugin\'s line, for monitoring'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l verify-peers -d 'Try these peers alone at the end, by their names with commas between: the others are not there yet' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l part -d 'Do this part of the plan alone' -r -f -a "etcd\t'The etcd of Flannel\'s nodes'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand run" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'
markdown\t'Markdown, for tickets'
html\t'One HTML page'
junit\t'JUnit XML, for CI servers'
nagios\t'A plugin\'s line, for monitoring'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l online -d 'Look names up and try the hosts that are downloaded from (3 s)'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l deep -d 'Measure how fast the disk keeps what etcd writes (2 s of writing)'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand preflight" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'
markdown\t'Markdown, for tickets'
html\t'One HTML page'
junit\t'JUnit XML, for CI servers'
nagios\t'A plugin\'s line, for monitoring'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l online -d 'Look names up and try the hosts that are downloaded from (3 s)'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l deep -d 'Measure how fast the disk keeps what etcd writes (2 s of writing)'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand recommend" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l pick -d 'Print the name of the chosen one and nothing else'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand interfaces" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l format -d 'Format of what is printed' -r -f -a "text\t'For people, with the diffs of files'
json\t'JSON, which `apply` takes'
sh\t'A shell script, for reading'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -s o -l output -d 'Write the plan as JSON, for `apply`' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l detailed-exitcode -d 'End with 10 where there is something to do'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand status" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand resume" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand confirm" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l last -d 'Only the newest run'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l force -d 'Undo also a cluster, and files that others changed (a copy is kept)'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -f -a "make" -d 'Make this node\'s join file, and nothing else of the private network yet'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -f -a "show" -d 'Print this node\'s join file'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and not __fish_seen_subcommand_from make show check" -f -a "check" -d 'Look for problems in the join files of the other nodes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from make" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from show" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand join; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l format -d 'Format' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l peer -d 'Try this peer alone, by its name (repeatable) [default: all]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l only -d 'Verify this half of what is set up alone' -r -f -a "overlay\t'The private network'
scheduler\t'The scheduler'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l echoes -d 'Measure loss, round trip and path MTU with so many echo requests' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l throughput -d 'Measure what the way to --peer carries; run it there too [default: 3]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'
markdown\t'Markdown, for tickets'
html\t'One HTML page'
junit\t'JUnit XML, for CI servers'
nagios\t'A plugin\'s line, for monitoring'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -s o -l output -d 'Write it to a file; the extension picks the format (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -f -a "diff" -d 'What changed between two reports (JSON or YAML files)'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and not __fish_seen_subcommand_from diff schema" -f -a "schema" -d 'The JSON Schema of a report in JSON or YAML'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l format -d 'Format of what is printed' -r -f -a "human\t'For people'
json\t'JSON'
yaml\t'YAML'
markdown\t'Markdown, for tickets'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from diff" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand report; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -s o -l output -d 'Write them to a file' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l anonymize-key -d 'Key of the replacement, the same for all hosts [default: drawn anew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l anonymize -d 'Replace names, addresses and ids; what overlaps or is equal stays so'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand facts" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -f -a "listen" -d 'Wait for the other host, and answer it'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and not __fish_seen_subcommand_from listen dial" -f -a "dial" -d 'Try every port both ways, the path MTU, clocks and identities'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l bind -d 'Address to listen on; that of --network-interface, or all' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l control-port -d 'TCP port of the control connection' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l token -d 'Word that the other side has to know [default: drawn and printed]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l timeout -d 'End after so many seconds' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l once -d 'End after the first probe'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from listen" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l bind -d 'Address to dial from [default: --network-interface\'s, or the kernel\'s]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l control-port -d 'TCP port of the control connection' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l token -d 'The word that the listening side printed' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l ports -d 'Ports to try, such as tcp/2377,udp/4789 [default: those of the target]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l target -d 'Whose ports to try (repeatable) [default: those of the host\'s choice]' -r -f -a "swarm\t'Docker Swarm'
kubernetes\t'Kubernetes'
native\t'Replicated\'s native scheduler'
wireguard\t'WireGuard'
flannel\t'Flannel'
zerotier\t'ZeroTier'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l timeout -d 'Give up after so many seconds' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand probe; and __fish_seen_subcommand_from dial" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l no-notes -d 'Leave out what is only good to know'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand lint" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -s o -l output -d 'File, or - for stdout [default: groundcrew-capture-HOST-TIME.tar.gz]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand capture" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -f -a "inspect" -d 'Run preflight on every host, and gather the reports'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -f -a "import" -d 'Take reports and join files of hosts into the fleet\'s folder'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -f -a "report" -d 'All hosts together: what is possible, and which hosts hinder it'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -f -a "plan" -d 'What the hosts become: addresses, roles, answers, order'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -f -a "apply" -d 'Set the hosts up as planned, wave by wave'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -f -a "verify" -d 'Whether the hosts reach each other as planned'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -f -a "rollback" -d 'Take back what was done on the hosts'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -f -a "export" -d 'For sites without ssh: what each host needs, to be carried there'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -f -a "schema" -d 'The JSON Schema of the fleet\'s report'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and not __fish_seen_subcommand_from inspect import report plan apply verify rollback export schema host" -f -a "host" -d 'A job of this host, on standard input'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -s i -l inventory -d 'Inventory, as ansible-playbook takes it (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l limit -d 'Ask these alone (Ansible\'s pattern); the others keep their reports' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -s d -l dir -d 'The fleet\'s folder' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l forks -d 'How many hosts are asked at once; 8 behind a jump host' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l binaries -d 'Folder with groundcrew-ARCH for other machines [default: this program]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l online -d 'Also look names up and try the hosts that are downloaded from'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l deep -d 'Also measure how fast the disks keep what etcd writes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l allow-missing -d 'End with 0 also where hosts gave no report'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from inspect" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -s d -l dir -d 'The fleet\'s folder' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from import" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -s d -l dir -d 'The fleet\'s folder' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
markdown\t'Markdown, for tickets'
html\t'One HTML page'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l max-age -d 'After how many hours a report is old' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l allow-missing -d 'Accept that some hosts did not report'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from report" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -s d -l dir -d 'The fleet\'s folder' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l format -d 'Format of what is printed' -r -f -a "text\t'What changes, for people'
json\t'The plan as it is written to plan.json'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l detailed-exitcode -d 'End with 10 where something changes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from plan" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -s i -l inventory -d 'Inventory, as ansible-playbook takes it (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l limit -d 'These alone (Ansible\'s pattern)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l forks -d 'How many hosts are reached at once; 8 behind a jump host' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l binaries -d 'Folder with groundcrew-ARCH for other machines [default: this program]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -s d -l dir -d 'The fleet\'s folder' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l take-over -d 'Go on where another controller\'s command was cut off'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from apply" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -s i -l inventory -d 'Inventory, as ansible-playbook takes it (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l limit -d 'These alone (Ansible\'s pattern)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l forks -d 'How many hosts are reached at once; 8 behind a jump host' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l binaries -d 'Folder with groundcrew-ARCH for other machines [default: this program]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -s d -l dir -d 'The fleet\'s folder' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l echoes -d 'Measure loss, round trip and path MTU with so many echo requests' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l throughput -d 'Measure what the ways carry, SECONDS each way [default: 3]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -s i -l inventory -d 'Inventory, as ansible-playbook takes it (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l limit -d 'These alone (Ansible\'s pattern)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l forks -d 'How many hosts are reached at once; 8 behind a jump host' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l binaries -d 'Folder with groundcrew-ARCH for other machines [default: this program]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -s d -l dir -d 'The fleet\'s folder' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l take-over -d 'Go on where another controller\'s command was cut off'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l force -d 'As `groundcrew rollback --force` on each host'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from rollback" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -s d -l dir -d 'The fleet\'s folder' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -s o -l output -d 'Folder to write to: a folder for each host' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l tar -d 'Write an archive HOST.tar.gz for each host instead'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from export" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand fleet; and __fish_seen_subcommand_from host" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -f -a "create" -d 'Gather packages and programs, on a machine that is connected'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and not __fish_seen_subcommand_from create verify" -f -a "verify" -d 'Check that every file is what the manifest says'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l package -d 'Package of this distribution, with what it needs here (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l add -d 'Package file or program to add (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l program -d 'Program, plain or in its release\'s .tar.gz (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l overlay -d 'Overlay to bring all programs for, as packages where not given' -r -f -a "wireguard\t'wg and wg-quick'
flannel\t'etcd and flanneld'
zerotier\t'zerotier-one'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from create" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand bundle; and __fish_seen_subcommand_from verify" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -f -a "list" -d 'All checks and rules, one a line'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and not __fish_seen_subcommand_from list explain" -f -a "explain" -d 'One of them: what it reads, wants and found here, and its source'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l format -d 'Format of what is printed' -r -f -a "human\t'For people, 80 columns'
json\t'JSON'
yaml\t'YAML'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from list" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand checks; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -f -a "new" -d 'A commented file with every question and its default'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -f -a "check" -d 'Check a file: all problems at once'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -f -a "explain" -d 'One question: what it means, its values, its default'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and not __fish_seen_subcommand_from new check explain schema" -f -a "schema" -d 'The JSON Schema, for editors'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -s o -l output -d 'Write it to a file' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from new" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from check" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from explain" -s h -l help -d 'Print help (see more with \'--help\')'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l answers -d 'Answers file, or - for standard input' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l set -d 'One answer, such as overlay.kind=wireguard (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l ui -d 'How questions are asked [default: auto]' -r -f -a "auto\t'Whatever fits the terminal'
tui\t'Full screen'
plain\t'Prompts'
line\t'Numbered choices, a line each'
none\t'Nobody is asked'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l network-interface -d 'Interface for private addresses: name, address, MAC or CIDR' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l bundle -d 'Folder with packages and programs, as `bundle create` makes it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l waive -d 'Waive a finding, with the reason, and ,until=YYYY-MM-DD (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l accept-findings -d 'Accept the findings that have this checksum, as `preflight` prints it' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l report -d 'Write the report: .txt, .json, .yaml, .md, .html or .xml (repeatable)' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l facts -d 'Judge the host that this file describes, not this one' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l root -d 'Judge the host in this tree: captured, or an unpacked sosreport' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l state-dir -d 'Where the journals are [default: /var/lib/groundcrew]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l log -d 'Log file [default: /var/log/groundcrew/TIME.log]' -r
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l color -d 'When colours are used [default: auto]' -r -f -a "auto\t'On a terminal that has them'
always\t'Always'
never\t'Never'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l progress -d 'What happens during a run, on standard error; json: an object a line' -r -f -a "text\t'A line a step; the default, unless --quiet is given'
json\t'A JSON object a line, and nothing else on standard error'
none\t'Nothing'"
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -s y -l yes -d 'Answer the final "Apply?" with yes'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l no-input -d 'Never ask: a missing answer is an error'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l dry-run -d 'Show what would be done, and change nothing'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l airgap -d 'The hosts have no internet: nothing is downloaded'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l strict -d 'Take warnings and unknowns for failures'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l warn-ok -d 'End with 0 where there are only warnings and unknowns'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l ascii -d 'ASCII only: no line-drawing characters'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -s q -l quiet -d 'Say less'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -l allow-inline-secrets -d 'Accept secrets that are written literally in the answers'
complete -c groundcrew -n "__fish_groundcrew_using_subcommand answers; and __fish_seen_subcommand_from schema" -s h -l help -d 'Print help (see more with \'--help\')'
