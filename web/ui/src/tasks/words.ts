export const zh = {
  tasks: {
    imports: '导入任务',
    need: '查看导入任务需要令牌（由管理员以 mapserver token 或首次启动时给出）。',
    signIn: '登录',
    empty: '没有任务。',
    loading: '正在读取任务…',
    by: '{who}，{when}',
    rows: '{n} / {all} 行',
    version: '第 {n} 版',
    all: '全部图层',
    mine: '只看本令牌的任务',
    refresh: '刷新',
    states: { uploading: '上传中', queued: '排队中', running: '进行中', done: '完成', failed: '失败', cancelled: '已取消' },
    stages: { unpack: '解压', inspect: '识别', load: '入库', check: '质检', finish: '建索引', done: '完成' },
  },
}

export const en = {
  tasks: {
    imports: 'Imports',
    need: 'Imports are listed with a token, which the administrator gives (mapserver token) or the first start shows. It is kept in this tab alone.',
    signIn: 'Sign in',
    empty: 'There are no tasks.',
    loading: 'Reading the tasks…',
    by: '{who}, {when}',
    rows: '{n} of {all} rows',
    version: 'version {n}',
    all: 'All layers',
    mine: 'Only those of this token',
    refresh: 'Refresh',
    states: { uploading: 'Uploading', queued: 'Queued', running: 'Running', done: 'Done', failed: 'Failed', cancelled: 'Cancelled' },
    stages: { unpack: 'unpacking', inspect: 'inspecting', load: 'loading', check: 'checking', finish: 'indexing', done: 'done' },
  },
}
