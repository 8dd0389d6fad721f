export const zh = {
  session: {
    title: '登录',
    signIn: '登录',
    signedIn: '已登录，点此查看或退出',
    unnamed: '已登录',
    as: '当前身份：{name}',
    until: '有效至 {date}',
    how: '粘贴管理员发给您的访问令牌；用一次性登录链接打开本页时会自动登录。公开图层无需登录。',
    token: '访问令牌',
    remember: '在这台电脑上保持登录（公用电脑请勿勾选）',
    unlike: '这不像访问令牌：应为一串不含空格的字母、数字和符号。',
    leave: '退出登录',
    close: '关闭',
  },
}

export const en = {
  session: {
    title: 'Sign in',
    signIn: 'Sign in',
    signedIn: 'Signed in; click to see or to sign out',
    unnamed: 'Signed in',
    as: 'Signed in as {name}',
    until: 'Valid until {date}',
    how: 'Paste the access token that the administrator sent you; a one-time link signs you in by itself. Public layers need no sign-in.',
    token: 'Access token',
    remember: 'Stay signed in on this computer (not on a shared one)',
    unlike: 'This does not look like an access token: letters, digits and signs without blanks.',
    leave: 'Sign out',
    close: 'Close',
  },
}
