// Every word on the pages, in both languages. A text with counts is an object by plural form.
import { look } from "./look.js";

const ENGLISH = {
  title: "Call centre",
  wallboard: "Wallboard", floor: "Floor", agent_page: "My desk", status: "Status",
  light: "Light", dark: "Dark", other_language: "中文",

  logged_out: "Logged out", ready: "Ready", ringing: "Ringing", busy: "On call", wrap_up: "Wrap-up",
  not_ready: "Not ready", unreachable: "Unreachable", unknown: "Unknown",

  waiting: "Waiting", longest_wait: "Longest wait", over_threshold: "over {seconds} s",
  service_level: "Answered in {seconds} s", target: "target {target}", last_30_minutes: "last 30 min", today: "today",
  within_rings: "Within {rings} rings", abandoned: "Abandoned", offered: "Calls", answered: "Answered",
  staff: "Agents", nobody: "nobody logged in", no_calls_yet: "no calls yet today",
  curve: "Calls and service level of the day by half hours",
  curve_latest: "{offered} since {time}, {level} in time",
  page_of: "{page} of {pages}",

  connecting: "Connecting",
  live: "Live",
  degraded: "Incomplete",
  stale_broker: "Connection lost", stale_bridge: "The bridge is away", stale_pbx: "The PBX cannot be seen",
  stale_since: "These figures are from {time}, {ago} ago. They come back by themselves.",
  no_site: "The bridge does not answer. Trying again.",
  no_websocket: "No broker for browsers is configured: set websocket_url in [mqtt].",
  board_refused: "The broker does not let the board in: set board_user and board_password in [pages].",
  no_queues: "No queues to show yet.",
  no_such_queues: "None of these queues is known: {queues}",

  alarms: "Alarms", no_alarms: "No alarms", since: "since {time}", acknowledge: "Acknowledge",
  acknowledged_by: "acknowledged by {user}",
  severity_info: "Notice", severity_warning: "Warning", severity_critical: "Critical",
  value_of: "{value} (limit {threshold})",

  sign_in: "Sign in", user: "User", password: "Password", sign_out: "Sign out",
  sign_in_hint: "With your user and password of the broker.",
  sign_in_refused: "User or password is wrong.", signing_in: "Signing in",
  read_only: "Commands are not available: the bridge did not say what you may do.",
  signed_in_as: "{user}, {role}",
  role_agent: "agent", role_leader: "team leader", role_supervisor: "duty supervisor", role_inspector: "quality inspector",
  role_manager: "manager", role_display: "wallboard", role_public: "public board",

  agents: "Agents", callers: "Callers waiting", no_callers: "Nobody waits",
  leave_requests: "Leave requests", no_leave: "No requests",
  reason: "Reason", team: "Team", queue: "Queue", state: "State", sort: "Sort", all: "All",
  sort_longest: "Longest in state", sort_name: "Name", sort_state: "State", sort_limit: "Limit",
  search: "Find an agent", agents_shown: { one: "{n} agent", other: "{n} agents" }, none_match: "No agent matches.",
  no_agents: "No agents to show. You may not be allowed to see any.",
  limit: "limit {limit}", left: "{time} left", over: "{time} over",
  approved_by: "approved by {user}", position: "Position {n}",
  leave_requested: "asks to leave", leave_approved: "may leave", until: "until {time}",
  approve: "Approve", refuse: "Refuse", close: "Close", details: "Details of {name}",
  paused_in: "paused", penalty: "penalty {n}", penalty_field: "Penalty", penalty_hint: "Members with a lower one are rung first",
  transfer_to: "Number or extension", queues: "Queues", caller: "Caller", call: "Call",
  extension: "Extension", move_to: "To queue", your_phone: "Your phone",

  do_ready: "Ready", do_not_ready: "Not ready", do_logout: "Log out", do_login: "Log in",
  do_request_leave: "Ask to leave", do_withdraw_leave: "Take it back", do_approve_leave: "Approve",
  do_refuse_leave: "Refuse", do_acknowledge_alert: "Acknowledge",
  do_hangup: "Hang up", do_monitor: "Listen", do_whisper: "Whisper", do_barge: "Join in",
  do_pickup: "Take the call", do_withdraw_caller: "Withdraw", do_prioritise_caller: "First in line",
  do_move_caller: "Move", do_originate: "Call", do_transfer: "Transfer", do_set_penalty: "Set penalty", do_snapshot: "Read everything again",
  outcome_done: "Done", outcome_refused: "Refused", outcome_failed: "Failed",
  outcome_unconfirmed: "Sent, but the change was not seen", outcome_silent: "No answer",
  sending: "Sending",

  you_are: "You are", for_time: "for {time}", which_agent: "Which agent are you?", agent_number: "Number",
  not_an_agent: "No state of agent {agent} has come. Is it your number, and are you in a queue?",
  no_call: "No call", rings_now: "Rings now", on_the_phone: "On the phone", waited: "waited {time}", open_record: "Open the record",
  my_day: "Today", my_answered: "Answered", my_missed: "Missed", my_late: "Answered late", my_talk: "Talk", my_hold: "Hold",
  my_wrap_up: "Wrap-up", my_ready: "Ready", my_not_ready: "Not ready", my_mean: "Mean talk",
  callbacks: "To call back", no_callbacks: "Nobody waits for a call back.", callbacks_unreachable: "The bridge does not give this list to you.", callbacks_not_kept: "This bridge keeps no history.",
  call_back_until: "by {time}", call_back_was_due: "was due {time}", gave_up_times: { one: "gave up once", other: "gave up {n} times" },
  leave_asked: "You asked to leave. Your leader has not answered yet.", leave_granted: "You may leave now.",
  needs_approval: "ask first",
  seconds: "{n} s", calls: { one: "{n} call", other: "{n} calls" }, count_agents: { one: "{n} agent", other: "{n} agents" },
};

const CHINESE = {
  title: "呼叫中心",
  wallboard: "大屏", floor: "现场", agent_page: "我的工位", status: "状态",
  light: "浅色", dark: "深色", other_language: "English",

  logged_out: "签出", ready: "就绪", ringing: "振铃", busy: "通话", wrap_up: "事后处理",
  not_ready: "示忙", unreachable: "不可达", unknown: "未知",

  waiting: "排队", longest_wait: "最长等待", over_threshold: "超过 {seconds} 秒",
  service_level: "{seconds} 秒内接通", target: "目标 {target}", last_30_minutes: "近 30 分钟", today: "今日",
  within_rings: "{rings} 声内接起", abandoned: "放弃", offered: "呼入", answered: "接通",
  staff: "坐席", nobody: "无人签入", no_calls_yet: "今日尚无来电",
  curve: "今日每半小时的来电量与服务水平",
  curve_latest: "{time} 起 {offered} 通，按时接通 {level}",
  page_of: "第 {page} 页，共 {pages} 页",

  connecting: "正在连接",
  live: "实时",
  degraded: "数据不全",
  stale_broker: "连接中断", stale_bridge: "桥接程序未运行", stale_pbx: "无法看到交换机",
  stale_since: "以下为 {time} 的数据，距今 {ago}。恢复后自动更新。",
  no_site: "桥接程序没有应答，正在重试。",
  no_websocket: "尚未配置浏览器可用的消息服务器：请在 [mqtt] 中设置 websocket_url。",
  board_refused: "消息服务器不允许大屏登录：请在 [pages] 中设置 board_user 与 board_password。",
  no_queues: "暂无队列。",
  no_such_queues: "没有这些队列：{queues}",

  alarms: "告警", no_alarms: "没有告警", since: "始于 {time}", acknowledge: "确认",
  acknowledged_by: "{user} 已确认",
  severity_info: "提示", severity_warning: "警告", severity_critical: "严重",
  value_of: "{value}（限值 {threshold}）",

  sign_in: "登录", user: "用户名", password: "密码", sign_out: "退出",
  sign_in_hint: "请使用消息服务器的用户名和密码。",
  sign_in_refused: "用户名或密码错误。", signing_in: "正在登录",
  read_only: "无法执行操作：未获知您的权限，当前只能查看。",
  signed_in_as: "{user}，{role}",
  role_agent: "坐席", role_leader: "班长", role_supervisor: "值班长", role_inspector: "质检",
  role_manager: "经理", role_display: "大屏", role_public: "公共看板",

  agents: "坐席", callers: "排队来电", no_callers: "无人排队",
  leave_requests: "离岗申请", no_leave: "没有申请",
  reason: "原因", team: "班组", queue: "队列", state: "状态", sort: "排序", all: "全部",
  sort_longest: "状态时长", sort_name: "姓名", sort_state: "状态", sort_limit: "时限",
  search: "查找坐席", agents_shown: { other: "{n} 名坐席" }, none_match: "没有符合条件的坐席。",
  no_agents: "没有可显示的坐席，您可能无权查看。",
  limit: "限时 {limit}", left: "剩余 {time}", over: "超时 {time}",
  approved_by: "{user} 批准", position: "第 {n} 位",
  leave_requested: "申请离岗", leave_approved: "已获准离岗", until: "至 {time}",
  approve: "批准", refuse: "拒绝", close: "关闭", details: "{name} 的详情",
  paused_in: "已暂停", penalty: "惩罚值 {n}", penalty_field: "惩罚值", penalty_hint: "数值低的坐席先振铃",
  transfer_to: "号码或分机", queues: "队列", caller: "来电", call: "通话",
  extension: "号码", move_to: "转入队列", your_phone: "您的话机",

  do_ready: "就绪", do_not_ready: "示忙", do_logout: "签出", do_login: "签入",
  do_request_leave: "申请离岗", do_withdraw_leave: "撤回申请", do_approve_leave: "批准",
  do_refuse_leave: "拒绝", do_acknowledge_alert: "确认",
  do_hangup: "挂断", do_monitor: "监听", do_whisper: "耳语", do_barge: "强插",
  do_pickup: "代接", do_withdraw_caller: "移出", do_prioritise_caller: "排到首位",
  do_move_caller: "移动", do_originate: "拨打", do_transfer: "转接", do_set_penalty: "设置惩罚值", do_snapshot: "重新读取全部状态",
  outcome_done: "已完成", outcome_refused: "被拒绝", outcome_failed: "失败",
  outcome_unconfirmed: "已发送，但未见状态变化", outcome_silent: "没有应答",
  sending: "正在发送",

  you_are: "当前状态", for_time: "已 {time}", which_agent: "您是哪位坐席？", agent_number: "工号",
  not_an_agent: "没有收到坐席 {agent} 的状态。请核对工号，并确认已加入队列。",
  no_call: "没有来电", rings_now: "正在振铃", on_the_phone: "正在通话", waited: "已等待 {time}", open_record: "打开客户资料",
  my_day: "今日", my_answered: "接听", my_missed: "未接", my_late: "超时应答", my_talk: "通话", my_hold: "持线",
  my_wrap_up: "事后处理", my_ready: "就绪", my_not_ready: "示忙", my_mean: "平均通话",
  callbacks: "待回电", no_callbacks: "没有待回电的客户。", callbacks_unreachable: "您无权读取回电列表。", callbacks_not_kept: "未保存历史记录。",
  call_back_until: "{time} 前", call_back_was_due: "已过 {time}", gave_up_times: { other: "放弃 {n} 次" },
  leave_asked: "已申请离岗，等待班长答复。", leave_granted: "可以离岗了。",
  needs_approval: "须先申请",
  seconds: "{n} 秒", calls: { other: "{n} 通" }, count_agents: { other: "{n} 人" },
};

const WORDS = { en: ENGLISH, zh: CHINESE };
const plural = new Intl.PluralRules(look.language);

/** A text in the page's language, its places filled in; `n` chooses the plural form. */
export function say(name, places = {}) {
  const known = WORDS[look.language][name];
  const text = typeof known === "object" ? (known[plural.select(places.n ?? 0)] ?? known.other) : known;
  return (text ?? name).replace(/\{(\w+)\}/g, (whole, place) => places[place] ?? whole);
}

/** One of a label in both languages, as `info` and alarms have them. */
export function labelOf(label, label_zh, otherwise) {
  return (look.language === "zh" ? label_zh || label : label || label_zh) || otherwise;
}

export const dictionaries = WORDS;
